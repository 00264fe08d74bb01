import { l2Normalise } from '../../src/common/vector';

/** Chunks per synthetic document. */
export const CHUNKS_PER_DOCUMENT = 10;

/**
 * Vectors like those of texts: topics, subjects within topics, and around each subject texts that differ a lot in a few
 * directions and little in all others. Subjects differ greatly in size.
 */
export class ClusteredVectors {
  private readonly subjects: { centre: Float32Array; axes: Float32Array[] }[] = [];

  /** @param random decides where the subjects are */
  constructor(
    private readonly dimensions: number,
    random: () => number,
    topics = 100,
    subjectsPerTopic = 8,
    axesPerSubject = 12,
  ) {
    for (let topic = 0; topic < topics; topic++) {
      const centre = this.direction(random);
      for (let subject = 0; subject < subjectsPerTopic; subject++)
        this.subjects.push({
          centre: l2Normalise(plus(centre, this.direction(random), 0.8)),
          axes: Array.from({ length: axesPerSubject }, () => this.direction(random)),
        });
    }
  }

  /** A random subject; low numbers are much more frequent than high ones. */
  anySubject(random: () => number): number {
    return Math.floor(random() ** 2 * this.subjects.length);
  }

  /** A vector of length 1 near a subject. */
  near(subject: number, random: () => number): Float32Array {
    const { centre, axes } = this.subjects[subject];
    let vector = plus(centre, this.direction(random), 0.25);
    for (const axis of axes) vector = plus(vector, axis, 0.2 * gaussian(random));
    return l2Normalise(vector);
  }

  private direction(random: () => number): Float32Array {
    return l2Normalise(Array.from({ length: this.dimensions }, () => gaussian(random)));
  }
}

/** Standard normal, by the Box-Muller transform. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function plus(a: Float32Array, b: Float32Array, factor: number): Float32Array {
  const sum = new Float32Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i] + factor * b[i];
  return sum;
}
