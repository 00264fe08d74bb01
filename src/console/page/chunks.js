import { count } from './amounts.js';
import { byId, element, showError } from './element.js';
import { call, withQuery } from './service.js';

const LIMIT = 50;

/** What the dialog shows: a document, and where its next page begins. */
let shown = { documentId: '', cursor: null, marked: '' };

/** Makes the buttons of the dialog work. */
export function startChunks() {
  byId('chunks-close').addEventListener('click', () => byId('chunks').close());
  byId('chunks-more').addEventListener('click', () => void loadMore());
}

/**
 * Shows how a document was cut.
 * @param {string} [marked] id of a chunk to point out
 */
export async function showChunks(documentId, title, marked = '') {
  shown = { documentId, cursor: null, marked };
  byId('chunks-title').textContent = title;
  byId('chunk-list').replaceChildren();
  byId('chunks').showModal();
  await loadMore();
  byId('chunk-list').querySelector('.marked')?.scrollIntoView({ block: 'center' });
}

async function loadMore() {
  const { documentId, cursor, marked } = shown;
  const more = byId('chunks-more');
  more.hidden = true;
  try {
    const path = `admin/documents/${encodeURIComponent(documentId)}/chunks`;
    const page = await call('GET', withQuery(path, { limit: LIMIT, cursor: cursor ?? undefined }));
    showError(byId('chunks-error'), null);
    if (shown.documentId !== documentId) return;
    byId('chunk-list').append(...page.chunks.map((chunk) => itemOf(chunk, chunk.chunk_id === marked)));
    shown.cursor = page.next_cursor;
    more.hidden = page.next_cursor === null;
  } catch (error) {
    showError(byId('chunks-error'), error);
  }
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
