import { it } from '@jest/globals';

/** Steps of a story, each a test; when one fails, those after it say so instead of failing in ways of their own. */
export function steps(): (name: string, act: () => Promise<void>) => void {
  let failed = '';
  return (name, act) =>
    it(`step ${name}`, async () => {
      if (failed !== '') throw new Error(`This step goes on from another that did not pass: "${failed}".`);
      failed = name;
      await act();
      failed = '';
    });
}
