import { duration } from './amounts.js';

const CHECKED = {
  epoch: 'The collection has not changed since the answer was last validated.',
  context: 'The collection has changed, so the sources were retrieved again: they are the same.',
};

/**
 * What the cache did for an answer, in words.
 * @param answer the data of the event `done`
 * @param {string} mode the cache mode of the question: `use`, `bypass` or `refresh`
 */
export function cacheExplanation({ cache, citations }, mode) {
  const { layer, age_seconds: age, validated_by: checked } = cache;
  if (layer === 'none') return explainMiss(citations, cache, mode);
  const since = (age ?? 0) < 1 ? 'just now' : `${duration(age)} ago`;
  const wording = layer === 'exact' ? 'the same' : 'other';
  return `From the cache: asked ${since} in ${wording} words. ${CHECKED[checked] ?? ''}`.trim();
}

function explainMiss(citations, { ttl_seconds: ttl }, mode) {
  if (citations.length === 0) return 'The documents contain no answer; nothing is cached.';
  if (mode === 'bypass') return 'Generated now; the cache was neither read nor filled.';
  const generated = mode === 'refresh' ? 'Generated now, as requested' : 'Generated now from the documents';
  return ttl === null ? `${generated}.` : `${generated}, and cached for others who ask the same.`;
}
