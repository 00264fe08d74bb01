import type { ProfileWord } from './profile-word';

/** Words after which the second of two things stands in another role than the first. */
const ROLE_MARKERS = new Set(
  'to into from in on over than before after per by for of with against under'.split(' '),
);
/** Between these, order means nothing. */
const JOINERS = new Set(
  'and or vs versus between difference differ compare comparison both either similar'.split(' '),
);

/** A content word, with the grammar between the content word before it and itself. */
interface Step {
  readonly word: ProfileWord;
  readonly markers: readonly string[];
}

/**
 * Whether two questions name the same two things in exchanged roles: "from A to B" and "from B to A", "A to a B" and
 * "B to an A", "A attacks B" and "B attacks A".
 */
export function isRoleReversed(left: readonly ProfileWord[], right: readonly ProfileWord[]): boolean {
  const isJoined = [...left, ...right].some((word) => JOINERS.has(word.form));
  const [a, b] = [stepsOf(left), stepsOf(right)];
  return (
    hasSwappedMarker(a, b, isJoined) || (!isJoined && (hasSwappedActors(a, b) || hasSwappedActors(b, a)))
  );
}

function stepsOf(words: readonly ProfileWord[]): Step[] {
  const steps: Step[] = [];
  let markers: string[] = [];
  for (const word of words) {
    if (word.weight === 'function' || ROLE_MARKERS.has(word.form)) markers.push(word.form);
    else {
      steps.push({ word, markers });
      markers = [];
    }
  }
  return steps;
}

/** x … marker y in one, y … the same marker x in the other, equally far apart. */
function hasSwappedMarker(a: readonly Step[], b: readonly Step[], isJoined: boolean): boolean {
  for (let j = 1; j < a.length; j++) {
    const markers = a[j].markers.filter(
      (marker) => ROLE_MARKERS.has(marker) && !(isJoined && marker === 'in'),
    );
    if (markers.length === 0 || a[j].markers.some((marker) => JOINERS.has(marker))) continue;
    const p = indexOf(b, a[j].word);
    if (p < 0 || indexOf(a, a[j].word) !== j) continue;
    for (let i = 0; i < j; i++) {
      const q = p + j - i;
      if (q >= b.length || !isSame(b[q].word, a[i].word) || indexOf(a, a[i].word) !== i) continue;
      if (b[q].markers.some((marker) => markers.includes(marker))) return true;
    }
  }
  return false;
}

/** x v y in one, y v x in the other, and no passive. */
function hasSwappedActors(a: readonly Step[], b: readonly Step[]): boolean {
  for (let i = 0; i + 2 < a.length; i++) {
    const q = indexOf(b, a[i].word);
    if (q < 2 || !isSame(b[q - 1].word, a[i + 1].word) || !isSame(b[q - 2].word, a[i + 2].word)) continue;
    const between = [...a[i + 1].markers, ...a[i + 2].markers, ...b[q - 1].markers, ...b[q].markers];
    if (!between.includes('by') && !isSame(a[i].word, a[i + 2].word)) return true;
  }
  return false;
}

function indexOf(steps: readonly Step[], word: ProfileWord): number {
  return steps.findIndex((step) => isSame(step.word, word));
}

function isSame(x: ProfileWord, y: ProfileWord): boolean {
  return x.form === y.form || x.lemmas.some((lemma) => y.lemmas.includes(lemma));
}
