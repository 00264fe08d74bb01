import { among, type Field, person, whole } from './field';

/** What to do when a service misbehaves. */
export const runBooks: Field = {
  name: 'run-books',
  titles: ['Run-book: {base} services', 'On-call notes for {base}', 'Operating {base}'],
  openings: [
    'For the engineer on call. Do not change production by hand without a second pair of eyes.',
    'Dashboards and logs are linked from the service catalogue; this page says what to do with what they show.',
  ],
  bases: ['billing', 'ledger', 'catalog', 'checkout', 'mailer', 'inventory', 'identity', 'tracking'],
  forms: ['{base}-api', '{base}-worker', '{base}-db', '{base}-gateway'],
  layouts: ['sections', 'lists', 'topics', 'sections'],
  attributes: [
    {
      name: 'request-timeout',
      label: 'Request timeout',
      value: whole(500, 9000, 250, '# milliseconds'),
      sentence: 'Requests to {entity} time out after {value}.',
      under: 'Requests time out after {value}.',
      questions: [
        'What is the request timeout of {entity}?',
        'After how many milliseconds does a call to {entity} give up?',
      ],
      translations: {
        de: [
          'Welches Zeitlimit haben Anfragen an {entity}?',
          'Nach wie vielen Millisekunden bricht ein Aufruf von {entity} ab?',
        ],
      },
    },
    {
      name: 'drain-time',
      label: 'Drain time',
      value: whole(15, 240, 5, '# seconds'),
      sentence: 'Before a restart {entity} needs {value} to drain its connections.',
      under: 'Before a restart it needs {value} to drain its connections.',
      questions: [
        'How long does {entity} need to drain before a restart?',
        'How many seconds should I wait for open connections of {entity} to finish before I reboot it?',
      ],
    },
    {
      name: 'page-threshold',
      label: 'Paging threshold',
      value: whole(2, 25, 1, '# percent errors'),
      sentence: 'The on-call engineer is paged once {entity} returns {value}.',
      under: 'The on-call engineer is paged at {value}.',
      questions: [
        'At what error rate does {entity} page the on-call engineer?',
        'How many failures of {entity} does it take for somebody to be woken up?',
      ],
      translations: {
        de: [
          'Ab welcher Fehlerrate alarmiert {entity} die Rufbereitschaft?',
          'Wie viele Fehler von {entity} lösen einen Alarm aus?',
        ],
        fr: [
          'À partir de quel taux d’erreur {entity} alerte-t-il l’astreinte ?',
          'Combien d’erreurs de {entity} déclenchent une alerte ?',
        ],
      },
    },
    {
      name: 'warn-threshold',
      label: 'Queue warning',
      value: whole(1000, 40000, 500, '# waiting messages'),
      sentence: 'A warning is posted in the channel when {entity} has {value}.',
      under: 'A warning is posted in the channel at {value}.',
      questions: [
        'At which backlog does {entity} post a warning?',
        'How many messages have to pile up in {entity} before the channel is told?',
      ],
    },
    {
      name: 'restart',
      label: 'Restart procedure',
      value: among(
        'scale the deployment to zero and back',
        'run the rolling restart job in the pipeline',
        'delete the pods one by one',
        'fail over to the standby and reboot the old primary',
        'send SIGTERM and let the supervisor bring it back',
      ),
      sentence: 'To restart {entity}, {value}.',
      under: 'To restart it, {value}.',
      questions: [
        'How is {entity} restarted?',
        'What are the steps for rebooting {entity}?',
        '{entity} hangs and I have to bounce it: what do I do?',
      ],
      translations: {
        de: ['Wie startet man {entity} neu?', 'Was ist zu tun, um {entity} neu zu starten?'],
        es: ['¿Cómo se reinicia {entity}?', '¿Qué hay que hacer para volver a arrancar {entity}?'],
      },
    },
    {
      name: 'rollback',
      label: 'Roll-back',
      value: among(
        'redeploy the previous tag from the release page',
        'revert the merge commit and wait for the pipeline',
        'switch the feature flag off and purge the cache',
        'restore the last snapshot and replay the journal',
        'promote the blue environment again',
      ),
      sentence: 'To roll back a release of {entity}, {value}.',
      under: 'To roll back a release, {value}.',
      questions: [
        'How is a release of {entity} rolled back?',
        'A deployment of {entity} went wrong: how do I return to the version before?',
      ],
      translations: {
        de: [
          'Wie macht man ein Release von {entity} rückgängig?',
          'Wie kommt man bei {entity} zur vorigen Version zurück?',
        ],
        es: [
          '¿Cómo se revierte una versión de {entity}?',
          '¿Cómo se vuelve a la versión anterior de {entity}?',
        ],
      },
    },
    {
      name: 'owner',
      label: 'Owner',
      value: person,
      sentence: 'The engineer responsible for {entity} is {value}.',
      under: 'The responsible engineer is {value}.',
      questions: ['Who is responsible for {entity}?', 'Which engineer owns {entity}?'],
    },
    {
      name: 'escalation',
      label: 'Second level',
      value: person,
      sentence: 'If {entity} is still down after half an hour, call {value}.',
      under: 'If it is still down after half an hour, call {value}.',
      questions: [
        'Who is called when {entity} has been down for half an hour?',
        'To whom do I escalate a long outage of {entity}?',
      ],
    },
    {
      name: 'backup-time',
      label: 'Back-ups',
      value: among(
        'every six hours',
        'nightly at 02:30',
        'every Sunday at noon',
        'hourly at minute 20',
        'twice a day',
        'nightly at 23:15',
      ),
      sentence: 'Back-ups of {entity} are taken {value}.',
      under: 'Back-ups are taken {value}.',
      questions: ['When are back-ups of {entity} taken?', 'How often is the data of {entity} saved?'],
    },
    {
      name: 'backup-retention',
      label: 'Back-up retention',
      value: whole(7, 120, 1, '# days'),
      sentence: 'Back-ups of {entity} are kept for {value}.',
      under: 'Back-ups are kept for {value}.',
      questions: [
        'How long are back-ups of {entity} kept?',
        'After how many days are old copies of the {entity} data deleted?',
      ],
    },
    {
      name: 'minimum-replicas',
      label: 'Minimum replicas',
      value: whole(2, 6, 1, '# replicas'),
      sentence: '{entity} never runs with fewer than {value}.',
      under: 'It never runs with fewer than {value}.',
      questions: [
        'What is the minimum number of replicas of {entity}?',
        'How many instances of {entity} have to be up at least?',
      ],
    },
    {
      name: 'maximum-replicas',
      label: 'Maximum replicas',
      value: whole(8, 40, 1, '# replicas'),
      sentence: 'The autoscaler stops {entity} at {value}.',
      under: 'The autoscaler stops at {value}.',
      questions: [
        'What is the maximum number of replicas of {entity}?',
        'Up to how many instances does {entity} scale out?',
      ],
    },
    {
      name: 'log-place',
      label: 'Logs',
      value: among(
        'in the index ops-blue',
        'under /var/log/services on the host',
        'in the bucket cold-logs',
        'in the stream audit-main',
        'in the tenant workspace of the log viewer',
      ),
      sentence: 'Logs of {entity} are found {value}.',
      under: 'Logs are found {value}.',
      questions: [
        'Where are the logs of {entity}?',
        'In which place do I look for what {entity} has logged?',
      ],
    },
  ],
};
