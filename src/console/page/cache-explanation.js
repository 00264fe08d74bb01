import { duration } from './amounts.js';

const CHECKED = {
  epoch: 'Nothing in the collection has changed since it was last checked.',
  context: 'The collection has changed since, so its sources were retrieved again: they are the same.',
};

/**
 * What the cache did for an answer, in words.
 * @param answer the data of the event `done`
 * @param {string} mode what the question said of the cache: `use`, `bypass` or `refresh`
 */
export function cacheExplanation({ cache, citations }, mode) {
  const { layer, age_seconds: age, validated_by: checked } = cache;
  if (layer === 'none') return anew(citations, cache, mode);
  const since = (age ?? 0) < 1 ? 'just now' : `${duration(age)} ago`;
  const wording = layer === 'exact' ? 'the same' : 'other';
  return `From the cache: asked ${since} in ${wording} words. ${CHECKED[checked] ?? ''}`.trim();
}

function anew(citations, { ttl_seconds: ttl }, mode) {
  if (citations.length === 0) return 'The documents carry no answer; nothing is kept.';
  if (mode === 'bypass') return 'Written just now; the cache was neither read nor filled.';
  const written =
    mode === 'refresh' ? 'Written just now, as asked for' : 'Written just now from the documents';
  return ttl === null ? `${written}.` : `${written}, and kept for whoever asks the same.`;
}
