import { posix } from 'node:path';
import { Parser } from 'htmlparser2';
import { OfficePackage } from './office-package';
import { coreTitle } from './document-title';
import { PageJoiner } from './page-joiner';
import { limitExceeded, type ParsedDocument, toTitle } from './parsed-document';
import { SlideReader } from './slide-reader';

const PRESENTATION = 'ppt/presentation.xml';
const MAX_SLIDES = 5000;

/**
 * A presentation: each slide is a page that begins with its title as a heading; its text, tables and speaker's notes
 * follow.
 * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`
 */
export async function pptxToMarkdown(raw: Uint8Array): Promise<ParsedDocument> {
  const office = await OfficePackage.open(raw);
  const slides = slideIds(office.require(PRESENTATION));
  if (slides.length > MAX_SLIDES) throw limitExceeded(`The presentation has more than ${MAX_SLIDES} slides.`);
  const targets = relationsOf(office, PRESENTATION);
  const joiner = new PageJoiner();
  let firstTitle: string | null = null;
  for (const [index, id] of slides.entries()) {
    const name = targets.get(id)?.target;
    const slide = name === undefined ? null : office.read(name);
    if (name === undefined || slide === null) continue;
    const { title, body } = new SlideReader().read(slide);
    firstTitle ??= title;
    const notes = [...relationsOf(office, name).values()].find(({ type }) => type.endsWith('/notesSlide'));
    const spoken = notes ? new SlideReader().read(office.read(notes.target) ?? '').body : '';
    const parts = [title && `## ${title}`, body, spoken && `Notes:\n\n${spoken}`];
    joiner.add(String(index + 1), parts.filter(Boolean).join('\n\n'));
  }
  return { text: joiner.text, title: coreTitle(office) ?? toTitle(firstTitle ?? ''), pages: joiner.pages };
}

/** Ids of the slides' relations, in the order in which they are shown. */
function slideIds(presentation: string): string[] {
  const ids: string[] = [];
  const parser = new Parser(
    { onopentag: (name, attributes) => name === 'p:sldId' && ids.push(attributes['r:id'] ?? '') },
    { xmlMode: true },
  );
  parser.end(presentation);
  return ids;
}

/** The parts that a part refers to, by id. */
function relationsOf(office: OfficePackage, name: string): Map<string, { type: string; target: string }> {
  const folder = posix.dirname(name);
  const relations = new Map<string, { type: string; target: string }>();
  const parser = new Parser(
    {
      onopentag: (tag, { Id, Type = '', Target = '', TargetMode }) => {
        if (tag !== 'Relationship' || Id === undefined || TargetMode === 'External') return;
        const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target);
        relations.set(Id, { type: Type, target });
      },
    },
    { xmlMode: true },
  );
  parser.end(office.read(posix.join(folder, '_rels', `${posix.basename(name)}.rels`)) ?? '');
  return relations;
}
