import { count } from './amounts.js';
import { byId, element, showError } from './element.js';
import { call, withQuery } from './service.js';

const LIMIT = 50;
/** Where one chunk is to be pointed out, which may stand further down. */
const LIMIT_WITH_CITED = 500;

/** What the dialog shows: a document, where its next page begins, and what of it was cited. */
let shown = { documentId: '', cursor: null, cited: null };

/** Makes the buttons of the dialog work. */
export function startChunks() {
  byId('chunks-close').addEventListener('click', () => byId('chunks').close());
  byId('chunks-more').addEventListener('click', () => void loadMore());
}

/**
 * Shows how a document was cut.
 * @param {{chunk_id: string, version: number} | null} cited to be pointed out
 */
export async function showChunks(documentId, title, cited = null) {
  shown = { documentId, cursor: null, cited };
  byId('chunks-title').textContent = title;
  byId('chunks-version').textContent = '';
  byId('chunk-list').replaceChildren();
  byId('chunks').showModal();
  await loadMore();
  byId('chunk-list').querySelector('.marked')?.scrollIntoView({ block: 'center' });
}

async function loadMore() {
  const { documentId, cursor, cited } = shown;
  const more = byId('chunks-more');
  more.hidden = true;
  try {
    const path = `admin/documents/${encodeURIComponent(documentId)}/chunks`;
    const limit = cited === null ? LIMIT : LIMIT_WITH_CITED;
    const page = await call('GET', withQuery(path, { limit, cursor: cursor ?? undefined }));
    showError(byId('chunks-error'), null);
    if (shown.documentId !== documentId) return;
    byId('chunk-list').append(
      ...page.chunks.map((chunk) => itemOf(chunk, chunk.chunk_id === cited?.chunk_id)),
    );
    if (page.chunks.length > 0) byId('chunks-version').textContent = versionText(page.chunks[0], cited);
    shown.cursor = page.next_cursor;
    more.hidden = page.next_cursor === null;
  } catch (error) {
    showError(byId('chunks-error'), error);
  }
}

function versionText({ version }, cited) {
  const text = `Chunks of version ${version}, in order.`;
  if (cited === null || cited.version === version) return text;
  return `${text} The answer cites version ${cited.version}, which was replaced in the meantime.`;
}

function itemOf(chunk, isMarked) {
  const facts = [
    `chunk ${chunk.ordinal + 1}`,
    ...(chunk.page === null ? [] : [`page ${chunk.page}`]),
    count(chunk.token_count, 'token'),
    `characters ${chunk.start} to ${chunk.end}`,
    ...(chunk.heading_path.length > 0 ? [chunk.heading_path.join(' › ')] : []),
  ];
  return element(
    'li',
    { className: isMarked ? 'chunk marked' : 'chunk' },
    element('p', { className: 'hint', textContent: facts.join(' · ') }),
    element('p', { className: 'text', textContent: chunk.content }),
  );
}
