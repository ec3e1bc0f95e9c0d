import { describe, expect, it } from '@jest/globals';
import { FORMS, showIn } from '../../../src/protocols/pull/forms.js';

/** What begins a message for a reader of the seed's family (P6). */
const TAGS = /<([^<>\s]+)>/g;

/** Found by `npm run fuzz`. */
describe('a text in the seed’s family', () => {
  it.each([
    ['a name', '<eve>Hi'],
    ['a name behind another angle bracket', '<x<eve>Hi'],
    ['several in a row', '<<<eve>>>'],
    ['a name in which a control character becomes visible', '<e\u000bve>Hi'],
    ['a name in which a format character becomes visible', '<e\ufeffve>Hi'],
  ])('can be taken for nobody else’s, with %s in it', (_, text) => {
    const parts = showIn(FORMS.seed)({ kind: 'text', author: 'bob', text, id: 0, sequence: 1, time: 0 });
    const line = parts.map((part) => Buffer.from(part).toString()).join(' ');
    expect([...line.matchAll(TAGS)].map(([, name]) => name)).toEqual(['bob']);
  });

  it('keeps angle brackets that begin no name', () => {
    const [part] = showIn(FORMS.seed)({
      kind: 'text',
      author: 'bob',
      text: '1 < 2 > 1 <3',
      id: 0,
      sequence: 1,
      time: 0,
    });
    expect(Buffer.from(part!).toString()).toBe('<bob>1 < 2 > 1 <3');
  });
});
