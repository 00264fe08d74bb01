/** Every chunker by the name that collections, previews and evaluations use. */
export const CHUNKER_NAMES = ['drift', 'recursive', 'sentence'] as const;

export type ChunkerName = (typeof CHUNKER_NAMES)[number];
