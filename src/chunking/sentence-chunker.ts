import { split } from 'sentence-splitter';
import type { WindowRun } from './boundary-chooser';
import type { Chunker, ChunkingOptions, TextRange } from './chunk';
import { budgetWithoutOverlap, buildChunks } from './chunk-builder';
import { hardPieces } from './hard-cut';
import { headingPathsOf } from './block-scanner';
import { textSegments } from './text-segments';
import { TokenCounter } from './token-counter';
import { trimEnd, trimStart } from '../text-analysis/white-space';
import type { Window } from './window-planner';

/** Shorter than for other chunkers: the library needs quadratic time for a run of abbreviations. */
const SEGMENT_LENGTH = 16_384;

/**
 * Sentences of textlint's sentence splitter, joined greedily up to the maximum. Ignores meaning, paragraphs and the
 * minimum. Nothing is embedded.
 */
export const chunkBySentence: Chunker = async function* (text, options) {
  const counter = new TokenCounter(text, options.countTokens);
  const headingPathOf = headingPathsOf(text);
  const budget = budgetWithoutOverlap(options);
  let windows: Window[] = [];
  /** The first window that is in no chunk yet; those before it are for the overlap. */
  let from = 0;
  let ordinal = 0;
  for (const segment of textSegments(text, SEGMENT_LENGTH)) {
    for (const sentence of sentencesOf(text, segment))
      windows.push(...windowsOf(text, sentence, headingPathOf(sentence.start), counter, options));
    const runs = fill(windows, from, budget);
    // The last chunk may continue in the next segment.
    const open = segment.end < text.length ? runs.pop() : undefined;
    const chunks = buildChunks(text, windows, runs, options, ordinal);
    ordinal += chunks.length;
    yield* chunks;
    const kept = runs.at(-1)?.first ?? 0;
    from = (open?.first ?? windows.length) - kept;
    windows = windows.slice(kept);
  }
};

function* sentencesOf(text: string, { start, end }: TextRange): Generator<TextRange> {
  for (const { range } of split(text.slice(start, end))) {
    const from = trimStart(text, start + range[0], start + range[1]);
    const to = trimEnd(text, from, start + range[1]);
    if (from < to) yield { start: from, end: to };
  }
}

/** One window per sentence that a window holds. */
function windowsOf(
  text: string,
  sentence: TextRange,
  headingPath: readonly string[],
  counter: TokenCounter,
  { windowMaxTokens, maxTokens, countTokens }: ChunkingOptions,
): Window[] {
  const limit = Math.min(windowMaxTokens, maxTokens);
  const pieces = counter.fits(sentence.start, sentence.end, limit)
    ? [sentence]
    : hardPieces(text, sentence, limit, countTokens);
  return pieces.map(({ start, end }, i) => ({
    start,
    end,
    tokens: counter.estimate(start, end),
    gapTokens: counter.estimateGap(end, trimStart(text, end, text.length)),
    cut: i === 0 ? 'sentence' : 'word',
    headingPath,
  }));
}

/** Joins windows, from an index on, to runs as long as the budget allows. */
function fill(windows: readonly Window[], from: number, budget: number): WindowRun[] {
  const runs: WindowRun[] = [];
  let tokens = Infinity;
  for (let i = from; i < windows.length; i++) {
    tokens += windows[i].tokens;
    if (tokens <= budget) runs[runs.length - 1].last = i;
    else {
      runs.push({ first: i, last: i });
      tokens = windows[i].tokens;
    }
    tokens += windows[i].gapTokens;
  }
  return runs;
}
