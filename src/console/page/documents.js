import { moment, whole } from './amounts.js';
import { showChunks } from './chunks.js';
import { offerCollections } from './collections.js';
import { confirmed } from './confirm.js';
import { byId, element, say, showError, valuesOf, whileBusy } from './element.js';
import { startIntake } from './intake.js';
import { call, withQuery } from './service.js';

const LIMIT = 50;

/** Cursor of the next page; null after the last. */
let cursor = null;
/** Number of reloads: pages that were requested before the latest reload are ignored. */
let listing = 0;
/** Filter of the list. */
let shown = 0;

/** Connects the forms and buttons of the view. */
export function startDocuments() {
  startIntake(showDocuments);
  const filter = byId('filter-form');
  filter.addEventListener('submit', (event) => {
    event.preventDefault();
    void showDocuments();
  });
  filter.elements.collection.addEventListener('change', () => void loadPage(true));
  const naming = byId('collection-form');
  naming.addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(naming, () => makeCollection(naming));
  });
  byId('documents-more').addEventListener('click', () => void loadPage(false));
}

/** Reloads the collections and the first page of documents. */
export async function showDocuments() {
  await offerCollections().catch(() => undefined);
  await loadPage(true);
}

async function loadPage(isFirst) {
  const mine = isFirst ? ++listing : listing;
  const { collection } = valuesOf(byId('filter-form'));
  const more = byId('documents-more');
  // A second click would load the same page twice.
  more.hidden = true;
  try {
    const query = { limit: LIMIT, collection, cursor: isFirst ? '' : cursor };
    const page = await call('GET', withQuery('admin/documents', query));
    if (mine !== listing) return;
    showError(byId('documents-error'), null);
    const body = byId('documents').tBodies[0];
    if (isFirst) body.replaceChildren();
    shown = mine;
    body.append(...page.documents.map(rowOf));
    cursor = page.next_cursor;
    more.hidden = cursor === null;
    byId('documents-empty').hidden = body.rows.length > 0;
  } catch (error) {
    more.hidden = cursor === null;
    showError(byId('documents-error'), error);
  }
}

async function makeCollection(form) {
  try {
    const { name } = await call('POST', 'admin/collections', valuesOf(form));
    form.reset();
    for (const intake of ['upload-form', 'paste-form']) byId(intake).elements.collection.value = name;
    await offerCollections();
    showError(byId('documents-error'), null);
    say(`Created the collection ${name}`);
  } catch (error) {
    showError(byId('documents-error'), error);
  }
}

function rowOf(document) {
  const { document_id: id, external_id: externalId, title, error } = document;
  const name = title ?? externalId;
  return element(
    'tr',
    { 'data-document': id },
    element(
      'th',
      { scope: 'row' },
      element('span', { className: 'name', textContent: name }),
      element('span', { className: 'hint', textContent: hintOf(document) }),
      error === null
        ? null
        : element('span', { className: 'error', textContent: `${error.message} (${error.code})` }),
    ),
    element('td', { className: 'roomy', textContent: document.collection }),
    element(
      'td',
      {},
      element('span', { className: `badge ${document.status}`, textContent: document.status }),
    ),
    element('td', { className: 'number', textContent: whole(document.chunks) }),
    element('td', { className: 'roomy', textContent: moment(document.updated_at) }),
    element(
      'td',
      { className: 'actions' },
      element('button', {
        type: 'button',
        textContent: 'Chunks',
        'aria-label': `Chunks of ${name}`,
        disabled: document.searchable_version === null,
        onclick: () => void showChunks(id, name),
      }),
      element('button', {
        type: 'button',
        className: 'danger',
        textContent: 'Delete…',
        'aria-label': `Delete ${name}`,
        onclick: () => void remove(id, name),
      }),
    ),
  );
}

function hintOf({ title, external_id: externalId, version, searchable_version: searchable }) {
  const older = searchable !== null && searchable !== version ? `, ${searchable} searchable` : '';
  return `${title === null ? '' : `${externalId} · `}version ${version}${older}`;
}

async function remove(id, name) {
  const text = `“${name}” is removed from search and from all cached answers.`;
  if (!(await confirmed('Delete this document?', text, 'Delete'))) return;
  try {
    await call('DELETE', `admin/documents/${encodeURIComponent(id)}`);
    say(`Deleted ${name}`);
    // A list that is being loaded may still contain it.
    if (shown !== listing) return await loadPage(true);
    const body = byId('documents').tBodies[0];
    body.querySelector(`[data-document="${id}"]`)?.remove();
    byId('documents-empty').hidden = body.rows.length > 0;
  } catch (error) {
    showError(byId('documents-error'), error);
  }
}
