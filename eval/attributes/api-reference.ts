import { among, day, type Field, whole } from './field';

/** Endpoints of an HTTP API. */
export const apiReference: Field = {
  name: 'api-reference',
  titles: ['API reference: {base}', 'HTTP endpoints for {base}', 'Developer guide, {base} resource'],
  openings: [
    'All requests carry a bearer token and answer with JSON. Dates are in ISO 8601.',
    'Errors have a code and a message; only the code is stable between versions.',
  ],
  bases: ['orders', 'refunds', 'invoices', 'shipments', 'customers', 'webhooks', 'coupons', 'payouts'],
  forms: ['GET /v2/{base}', 'POST /v2/{base}', 'DELETE /v2/{base}', 'POST /v2/{base}/search'],
  layouts: ['sections', 'table', 'lists', 'sections'],
  attributes: [
    {
      name: 'rate-limit',
      label: 'Rate limit',
      value: whole(10, 600, 10, '# requests per minute'),
      sentence: '{entity} accepts {value} from one key.',
      under: 'It accepts {value} from one key.',
      questions: [
        'What is the rate limit of {entity}?',
        'How many times a minute may I call {entity}?',
        'How fast can one key hit {entity} before it is throttled?',
      ],
      translations: {
        de: ['Welches Rate Limit hat {entity}?', 'Wie oft pro Minute darf man {entity} aufrufen?'],
        fr: [
          'Quelle est la limite de requêtes de {entity} ?',
          'Combien de fois par minute peut-on appeler {entity} ?',
        ],
      },
    },
    {
      name: 'burst-limit',
      label: 'Concurrent requests',
      value: whole(2, 40, 1, '# requests at the same time'),
      sentence: 'One key may have {value} open to {entity}.',
      under: 'One key may have {value} open.',
      questions: [
        'How many concurrent requests does {entity} allow?',
        'How many calls of {entity} can be in flight together?',
      ],
    },
    {
      name: 'default-page',
      label: 'Default page size',
      value: whole(10, 50, 5, '# items'),
      sentence: 'Without a limit {entity} works on pages of {value}.',
      under: 'Without a limit it works on pages of {value}.',
      questions: [
        'What is the default page size of {entity}?',
        'How many items does {entity} handle at once if I give no limit?',
      ],
      translations: {
        de: [
          'Wie groß ist eine Seite von {entity} standardmäßig?',
          'Wie viele Einträge verarbeitet {entity} ohne Angabe eines Limits?',
        ],
        es: [
          '¿Cuál es el tamaño de página por defecto de {entity}?',
          '¿Cuántos elementos procesa {entity} si no se indica un límite?',
        ],
      },
    },
    {
      name: 'maximum-page',
      label: 'Maximum page size',
      value: whole(100, 1000, 50, '# items'),
      sentence: 'A page of {entity} never exceeds {value}.',
      under: 'A page never exceeds {value}.',
      questions: [
        'What is the maximum page size of {entity}?',
        'What is the largest limit that {entity} takes?',
      ],
      translations: {
        de: [
          'Wie groß darf eine Seite von {entity} höchstens sein?',
          'Welches ist das größte Limit, das {entity} annimmt?',
        ],
      },
    },
    {
      name: 'timeout',
      label: 'Timeout',
      value: whole(2, 60, 1, '# seconds'),
      sentence: 'The server gives up on {entity} after {value}.',
      under: 'The server gives up after {value}.',
      questions: [
        'What is the timeout of {entity}?',
        'How long does the server work on {entity} before it gives up?',
      ],
    },
    {
      name: 'scope',
      label: 'Required scope',
      value: among('read:basic', 'write:all', 'admin:finance', 'read:reports', 'write:limited', 'ops:manage'),
      sentence: 'A token needs the scope {value} for {entity}.',
      under: 'A token needs the scope {value}.',
      questions: [
        'Which scope does {entity} require?',
        'What permission must my token carry to call {entity}?',
      ],
      translations: {
        de: ['Welchen Scope verlangt {entity}?', 'Welche Berechtigung braucht mein Token für {entity}?'],
        es: ['¿Qué alcance exige {entity}?', '¿Qué permiso debe tener mi token para llamar a {entity}?'],
      },
    },
    {
      name: 'success-status',
      label: 'Status on success',
      value: among('200', '201', '202', '204', '206'),
      sentence: 'A successful {entity} answers with status {value}.',
      under: 'Success is answered with status {value}.',
      questions: [
        'Which status does {entity} return on success?',
        'What HTTP code tells me that {entity} worked?',
      ],
    },
    {
      name: 'error-status',
      label: 'Status on conflict',
      value: among('409', '412', '422', '423', '428'),
      sentence: 'A conflict in {entity} is answered with status {value}.',
      under: 'A conflict is answered with status {value}.',
      questions: [
        'Which status does {entity} return on a conflict?',
        'What HTTP code do I get if {entity} collides with another change?',
      ],
    },
    {
      name: 'retry',
      label: 'Retries',
      value: among(
        'safe without limit',
        'safe with an idempotency key',
        'not safe',
        'safe within ten minutes',
        'safe for status 503 only',
      ),
      sentence: 'Retrying {entity} is {value}.',
      under: 'Retrying it is {value}.',
      questions: ['Is it safe to retry {entity}?', 'May I send {entity} again after a failure?'],
    },
    {
      name: 'introduced',
      label: 'Available since',
      value: day(2019, 2022),
      sentence: '{entity} has been available since {value}.',
      under: 'It has been available since {value}.',
      questions: ['Since when is {entity} available?', 'When was {entity} introduced?'],
    },
    {
      name: 'sunset',
      label: 'Removed on',
      value: day(2027, 2030),
      sentence: '{entity} will be removed on {value}.',
      under: 'It will be removed on {value}.',
      questions: ['When will {entity} be removed?', 'Until what date can I go on using {entity}?'],
    },
    {
      name: 'cost',
      label: 'Cost per call',
      value: whole(1, 25, 1, '# credits'),
      sentence: 'Every call of {entity} is billed with {value}.',
      under: 'Every call is billed with {value}.',
      questions: [
        'How many credits does a call of {entity} cost?',
        'What am I billed each time I use {entity}?',
      ],
    },
  ],
};
