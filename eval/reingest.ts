import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { ChunkingService } from '../src/chunking/chunking.service';
import { embeddingModelOf } from '../src/models/embedding-models';
import { bootstrapIntervalOf } from './bootstrap';
import { type EditedSet, readEditedSets } from './document-versions';
import { type Evaluation, requiredText } from './evaluation';
import { type RecutCounts, recutCounts, reingestShares } from './reingest-metrics';
import { withSettings } from './settings';
import { formatTable, rounded } from './table';
import { chunkerNames, type CutterName, REFERENCE, textCutter } from './text-cutters';

/** Cuts both versions of edited files and says how much of the new ones the old ones do not hold. */
export const reingestEvaluation: Evaluation = {
  summary: 'what edits of documents make the service embed again',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    chunker: { type: 'string', value: 'NAME|all', multiple: true },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const sets = readEditedSets(requiredText(flags, 'data'));
      const names = chunkerNames(flags.chunker);
      const model = embeddingModelOf(config);
      const chunking = new ChunkingService(config);
      try {
        const rows = [];
        for (const set of sets) {
          let reference: RecutCounts[] | null = null;
          for (const name of names) {
            progress(`${set.name}: ${name} on ${set.files.length} edited files`);
            const counts = await measure(set, textCutter(name, chunking, model));
            if (name === REFERENCE) reference = counts;
            rows.push(rowOf(set, name, counts, reference));
          }
        }
        const shown = rows.map(({ chunkShareAgainstDrift, ...row }) => ({
          ...row,
          chunkShareAgainstDrift: chunkShareAgainstDrift?.join(' - ') ?? null,
        }));
        return { json: rows, text: formatTable(shown) };
      } finally {
        await chunking.onApplicationShutdown();
        await model.close();
      }
    }),
};

async function measure(
  { files }: EditedSet,
  cut: (text: string) => Promise<readonly { content: string }[]>,
): Promise<RecutCounts[]> {
  const counts: RecutCounts[] = [];
  const contents = async (text: string) => (await cut(text)).map(({ content }) => content);
  for (const { before, after } of files) {
    const recut = {
      before,
      after,
      chunksBefore: await contents(before),
      chunksAfter: await contents(after),
    };
    counts.push(recutCounts(recut, countTokens));
  }
  return counts;
}

function rowOf(set: EditedSet, chunker: CutterName, counts: RecutCounts[], reference: RecutCounts[] | null) {
  const shares = reingestShares(counts);
  const pairs = reference?.map((of, i) => ({ of, own: counts[i] }));
  return {
    set: set.name,
    chunker,
    changedFiles: set.files.length,
    changedTokenShare: rounded(shares.changedTokenShare),
    reembeddedChunkShare: rounded(shares.reembeddedChunkShare),
    reembeddedTokenShare: rounded(shares.reembeddedTokenShare),
    /** Paired by file: the interval of the difference in the share of chunks. */
    chunkShareAgainstDrift:
      pairs === undefined || counts === reference
        ? null
        : bootstrapIntervalOf(pairs, differenceOfShares).map((value) => rounded(value)),
  };
}

function differenceOfShares(sample: readonly { of: RecutCounts; own: RecutCounts }[]): number {
  const share = (counts: RecutCounts[]) => reingestShares(counts).reembeddedChunkShare;
  return share(sample.map(({ own }) => own)) - share(sample.map(({ of }) => of));
}
