import { count } from './amounts.js';
import { byId, element, say, showError } from './element.js';
import { stream } from './service.js';

const PAUSE_MS = 1000;
const MAX_FAILURES = 10;
/** Maximum number of listed documents; failed ones come first. */
const MAX_LINES = 20;
const WORD = { completed: 'completed', completed_with_errors: 'completed with errors', failed: 'failed' };

/**
 * Follows a job by its events until it has ended; reconnects if the connection breaks.
 * @param {(job: object) => void} onJob receives each state
 * @returns the last state
 * @throws {ServiceError}
 */
export async function followJob(jobId, onJob) {
  for (let failures = 0; ; failures++) {
    try {
      let done = null;
      for await (const { name, data } of await stream('GET', `admin/ingest/${jobId}/events`)) {
        failures = 0;
        onJob(data);
        if (name === 'done') done = data;
      }
      if (done !== null) return done;
    } catch (error) {
      if ((error.status >= 400 && error.status < 500) || failures >= MAX_FAILURES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Shows a job above the others, and its result when it has ended. */
export async function showJob(jobId) {
  const title = element('strong', { textContent: 'Accepted' });
  const state = element('span', { className: 'badge', textContent: 'queued' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Progress' });
  const lines = element('ul', { className: 'plain' });
  const error = element('p', { className: 'error', role: 'alert', hidden: true });
  const head = element('div', { className: 'spread' }, title, state);
  byId('jobs').prepend(element('li', { className: 'card job', 'data-job': jobId }, head, bar, lines, error));
  const show = (job) => {
    title.textContent = count(job.counts.total, 'document');
    state.textContent = WORD[job.status] ?? job.status;
    state.className = `badge ${job.status}`;
    bar.value = shareOf(job);
    lines.replaceChildren(...linesOf(job));
  };
  try {
    const job = await followJob(jobId, show);
    say(`${count(job.counts.total, 'document')}: ${WORD[job.status]}`);
  } catch (cause) {
    showError(error, cause);
  }
}

/** Progress from 0 to 1; a document that is being embedded counts by its chunks. */
function shareOf({ counts, documents }) {
  const waiting = (counts.queued ?? 0) + (counts.chunking ?? 0) + (counts.embedding ?? 0);
  const parts = documents
    .filter(({ status, chunks_total: total }) => status === 'embedding' && total > 0)
    .reduce((sum, { chunks_done: done, chunks_total: total }) => sum + done / total, 0);
  return counts.total === 0 ? 1 : (counts.total - waiting + parts) / counts.total;
}

function linesOf({ documents }) {
  const failedFirst = [...documents].sort((a, b) => Number(b.error !== null) - Number(a.error !== null));
  const lines = failedFirst.slice(0, MAX_LINES).map((document) => {
    const { chunks_done: done, chunks_total: total } = document;
    const chunks = total === null ? '' : ` · ${done} of ${count(total, 'chunk')}`;
    const failure = document.error === null ? '' : `: ${document.error.message} (${document.error.code})`;
    return element(
      'li',
      { className: document.error === null ? 'hint' : 'error' },
      `${document.external_id} · version ${document.version} · ${document.status}${chunks}${failure}`,
    );
  });
  const rest = documents.length - lines.length;
  return rest > 0 ? [...lines, element('li', { className: 'hint' }, `and ${rest} more`)] : lines;
}
