import { distance } from "fastest-levenshtein"; // how many letters two words differ by

/** Longer than any name we know; keeps absurd input cheap. */
const longest = 80;

/**
 * The known word that `word` was most likely meant to be, or undefined when none is near: at most two letters in five
 * may differ. Case does not count.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > longest) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length * 0.4)) + 1;
  for (const candidate of known) {
    const letters = distance(wanted, candidate.toLowerCase());
    if (letters < fewest) [best, fewest] = [candidate, letters];
  }
  return best;
}
