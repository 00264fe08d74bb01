import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { embeddingModelOf } from '../src/models/models.module';
import { type EditedSet, readEditedSets } from './document-versions';
import { type Evaluation, requiredText } from './evaluation';
import { type RecutFile, reingestShares } from './reingest-metrics';
import { withSettings } from './settings';
import { formatTable, rounded } from './table';
import { chunkerNames, serviceCutters, type TextCutter } from './text-cutters';

/** Cuts both versions of edited files and says how much of the new ones the old ones do not hold. */
export const reingestEvaluation: Evaluation = {
  summary: 'what edits of documents make the service embed again',
  flags: {
    data: { type: 'string', value: 'DIR', required: true },
    chunker: { type: 'string', value: 'NAME|all' },
  },
  run: (flags, progress) =>
    withSettings(async (config) => {
      const sets = readEditedSets(requiredText(flags, 'data'));
      const names = chunkerNames(flags.chunker);
      const model = embeddingModelOf(config);
      try {
        const rows = [];
        for (const set of sets)
          for (const cutter of serviceCutters(names, config, model)) {
            progress(`${set.name}: ${cutter.name} on ${set.files.length} edited files`);
            rows.push(await measure(set, cutter));
          }
        return { json: rows, text: formatTable(rows) };
      } finally {
        await model.close();
      }
    }),
};

async function measure({ name, files }: EditedSet, cutter: TextCutter) {
  const recut: RecutFile[] = [];
  for (const { before, after } of files)
    recut.push({
      before,
      after,
      chunksBefore: await cutter.cut(before),
      chunksAfter: await cutter.cut(after),
    });
  const shares = reingestShares(recut, countTokens);
  return {
    set: name,
    chunker: cutter.name,
    changedFiles: files.length,
    changedTokenShare: rounded(shares.changedTokenShare),
    reembeddedChunkShare: rounded(shares.reembeddedChunkShare),
    reembeddedTokenShare: rounded(shares.reembeddedTokenShare),
  };
}
