/** All seven protocols in one room at once, one client of ours in each. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll } from '../support/cleanup.js';
import { atMenu, inTerminal, onPipes, type Person } from '../support/people.js';
import { Serving } from '../support/serving.js';
import { says } from '../support/stories.js';

/** Whose own lines come back from the server; the others show them at once. */
const ECHOED = ['cool', 'wendy', 'cindy'];

describe('one server with all seven protocols', () => {
  afterEach(closeAll);

  it('shows everyone the same lines in the same order, and ends each client when it is told to stop', async () => {
    const serving = await Serving.start('all');
    const url = (scheme: string, protocol = scheme): string => `${scheme}://127.0.0.1:${serving.port(protocol)}`;
    const cool = await atMenu(serving.port('records'), 'cool');
    const wendy = await atMenu(serving.port('web'), 'wendy', 'ws');
    const [alice, cindy, ann, eve, bob] = await Promise.all([
      onPipes(url('chat10'), '--username', 'alice'),
      inTerminal('cindy', url('pull')),
      onPipes('--name', 'ann', url('raw')),
      onPipes('--name', 'eve', url('raw-udp')),
      inTerminal('bob', url('chat', 'register')),
    ]);
    const people = { cool, wendy, alice, cindy, ann, eve, bob };
    const names = Object.keys(people);
    const everyone = Object.entries<Person>(people);
    const told = [cool, wendy, alice, ann, eve, bob];
    await Promise.all(names.map((name) => cool.hears(`${name} joined`)));

    // In turn: cindy, who has to ask, reads it a little later than the others, and in the same order.
    const inTurn = names.map((name) => `${name}: this is ${name}`);
    for (const [name, person] of everyone) await says(person, name, `this is ${name}`, told);
    await cindy.hears(inTurn.at(-1)!);
    for (const [, person] of everyone) expect(since(inTurn[0]!, person)).toEqual(inTurn);

    // And all at the same time. Where one's own line does not come back, it is shown at once.
    for (const [name, person] of everyone) person.types(`and ${name}`);
    for (const [, person] of everyone) await Promise.all(names.map((name) => person.hears(`${name}: and ${name}`)));
    const order = since(inTurn[0]!, cool);
    expect(order).toHaveLength(2 * names.length);
    for (const [name, person] of everyone) {
      const isCompared = (line: string): boolean => ECHOED.includes(name) || line !== `${name}: and ${name}`;
      expect(since(inTurn[0]!, person).filter(isCompared)).toEqual(order.filter(isCompared));
    }

    expect(await serving.terminate()).toEqual({ code: 0, signal: null });
    for (const person of [alice, cindy, ann, eve, bob]) expect(await person.ends()).toEqual({ code: 0, signal: null });
    for (const person of [cool, wendy]) {
      await person.sees('Your choice:', 2);
      person.types('3');
      expect(await person.ends()).toEqual({ code: 0, signal: null });
    }
  });
});

function since(first: string, person: Person): string[] {
  const lines = person.conversation();
  return lines.slice(lines.indexOf(first));
}
