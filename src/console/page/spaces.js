import { duration, moment, percent, whole } from './amounts.js';
import { confirmed } from './confirm.js';
import { byId, element, showError, showFigures } from './element.js';
import { showHealth } from './health.js';
import { call } from './service.js';

/** Polling interval of a running upgrade. */
const INTERVAL_MS = 3000;
let timer;

/** Connects the buttons of the view. */
export function startSpaces() {
  byId('spaces-reload').addEventListener('click', () => void showSpaces());
}

/** Shows spaces and health, and updates running upgrades. */
export async function showSpaces() {
  stopSpaces();
  void showHealth();
  try {
    const { embedding_spaces: spaces } = await call('GET', 'admin/embedding-spaces');
    showError(byId('spaces-error'), null);
    byId('spaces').replaceChildren(...spaces.map((space) => cardOf(space, spaces)));
    const goesOn = spaces.some(({ upgrade }) => upgrade && upgrade.stage !== 'done' && !upgrade.paused);
    if (goesOn && !byId('spaces-view').hidden) timer = setTimeout(() => void showSpaces(), INTERVAL_MS);
  } catch (error) {
    showError(byId('spaces-error'), error);
  }
}

/** Stops polling. */
export function stopSpaces() {
  clearTimeout(timer);
}

function cardOf(space, spaces) {
  const { id, model, dimensions, state, upgrade } = space;
  const figures = element('dl', { className: 'figures' });
  showFigures(figures, figuresOf(space));
  const hasEarlier = spaces.some((other) => other.superseded_at !== null && other.state !== 'retired');
  return element(
    'li',
    { className: 'card', 'data-space': String(id) },
    element(
      'div',
      { className: 'spread' },
      element('h2', { textContent: `${id}: ${model}, ${dimensions} dimensions` }),
      element('span', { className: `badge ${state}`, textContent: state }),
    ),
    upgrade === null || upgrade.stage === 'done' ? null : progressOf(upgrade),
    figures,
    upgrade?.error ? element('p', { className: 'error', textContent: upgrade.error }) : null,
    element(
      'p',
      { className: 'actions' },
      state === 'ready' ? actionOf(space, 'promote', 'Questions will be answered from this space.') : null,
      state === 'active' && hasEarlier
        ? actionOf(space, 'rollback', 'Questions will be answered from the previous space again.')
        : null,
    ),
  );
}

function progressOf({ stage, progress, index, eta_seconds: eta, paused }) {
  const share = stage === 'index' && index !== null ? index.share : progress;
  const words = [
    paused ? `${stage}, paused` : stage,
    ...(stage === 'backfill' ? [percent(progress)] : []),
    ...(index === null ? [] : [index.phase]),
    ...(eta === null ? [] : [`${duration(eta)} left`]),
  ];
  return element(
    'p',
    {},
    // Without a value the bar is indeterminate.
    element('progress', { max: 1, 'aria-label': stage, ...(share !== null && { value: share }) }),
    element('span', { className: 'hint', textContent: words.join(' · ') }),
  );
}

function figuresOf({
  storage,
  behind,
  created_at: created,
  promoted_at: promoted,
  superseded_at: left,
  upgrade,
}) {
  const comparison = upgrade?.comparison ?? null;
  return [
    ['Storage', storage],
    ['Made', moment(created)],
    ...(promoted === null ? [] : [['Promoted', moment(promoted)]]),
    ...(left === null ? [] : [['Superseded', moment(left)]]),
    ...(upgrade === null
      ? []
      : [['Chunks', `${whole(upgrade.chunks_done)} of ${whole(upgrade.chunks_total)}`]]),
    ...(comparison === null
      ? []
      : [
          [`Overlap at ${comparison.k} with space ${comparison.with}`, percent(comparison.overlap)],
          ['Recall of its index', percent(comparison.recall)],
        ]),
    ...(behind ? [['Behind', 'a worker catches up']] : []),
  ];
}

function actionOf({ id }, verb, consequence) {
  return element('button', {
    type: 'button',
    textContent: `${verb === 'promote' ? 'Promote' : 'Roll back'}…`,
    onclick: async () => {
      const title = verb === 'promote' ? `Promote space ${id}?` : `Roll space ${id} back?`;
      if (!(await confirmed(title, consequence, verb === 'promote' ? 'Promote' : 'Roll back'))) return;
      try {
        await call('POST', `admin/embedding-spaces/${id}/${verb}`, verb === 'promote' ? {} : undefined);
        await showSpaces();
      } catch (error) {
        showError(byId('spaces-error'), error);
      }
    },
  });
}
