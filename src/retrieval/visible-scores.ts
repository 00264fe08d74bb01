import type { Principal } from '../auth/principal';

/**
 * Whether a caller sees scores as they were computed. Text scores rest on statistics of the whole collection (in how many
 * chunks a word occurs, how long chunks are), hidden documents included, and the fused score and its weights rest on them:
 * a caller who watched them change could infer what documents hold that the caller may not read.
 */
export function maySeeRawScores({ scopes }: Pick<Principal, 'scopes'>): boolean {
  return scopes.includes('admin');
}

/**
 * The score that everybody else sees: the reciprocal rank, in (0, 1].
 * @param rank from 1
 */
export function rankScore(rank: number): number {
  return 1 / rank;
}
