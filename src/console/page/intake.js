import { byId, showError, valuesOf, whileBusy } from './element.js';
import { showJob } from './ingest-jobs.js';
import { call } from './service.js';

/**
 * Connects the two forms that add documents.
 * @param {() => Promise<void>} onChange called when documents were added
 */
export function startIntake(onChange) {
  const upload = byId('upload-form');
  const paste = byId('paste-form');
  upload.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(upload, () => filesOf(upload, upload.elements.files.files), onChange);
  });
  upload.addEventListener('dragover', (event) => {
    event.preventDefault();
    upload.classList.add('dropping');
  });
  upload.addEventListener('dragleave', () => upload.classList.remove('dropping'));
  upload.addEventListener('drop', (event) => {
    event.preventDefault();
    upload.classList.remove('dropping');
    const { files } = event.dataTransfer;
    if (files.length > 0) void send(upload, () => filesOf(upload, files), onChange);
  });
  paste.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(paste, () => documentOf(paste), onChange);
  });
}

/** @param makeBody may throw an error, which is shown */
async function send(form, makeBody, onChange) {
  const error = byId('intake-error');
  showError(error, null);
  try {
    const { job_id: jobId } = await whileBusy(form, async () => call('POST', 'admin/ingest', makeBody()));
    const { collection } = form.elements;
    const chosen = collection.value;
    form.reset();
    collection.value = chosen;
    await showJob(jobId);
    await onChange();
  } catch (cause) {
    showError(error, cause);
  }
}

function filesOf(form, files) {
  const body = new FormData();
  body.append('collection', form.elements.collection.value.trim());
  for (const file of files) body.append('files', file, file.name);
  return body;
}

function documentOf(form) {
  const { collection, external_id: externalId, url } = valuesOf(form);
  // Not trimmed: white space can matter.
  const content = form.elements.content.value;
  if ((url === '') === (content.trim() === '')) throw new Error('Enter either a text or a URL.');
  if (url === '' && externalId === '')
    throw new Error('Enter a name for the text; a text of the same name replaces it later.');
  const name = externalId === '' ? {} : { external_id: externalId };
  return { collection, documents: [{ ...name, ...(url === '' ? { content } : { url }) }] };
}
