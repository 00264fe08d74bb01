import { among, type Field, whole } from './field';

/** Protocols for invented medicines. */
export const clinicalProtocols: Field = {
  name: 'clinical-protocols',
  titles: ['Clinical protocol: {base}', 'Ward guideline for {base}', 'Administration of {base}'],
  openings: [
    'For trained staff only. Deviations have to be documented in the patient record.',
    'Approved by the drug committee; the printed copy on the ward is not controlled.',
  ],
  bases: ['Trovastine', 'Meloxar', 'Quinadrol', 'Pexaline', 'Sorbitane', 'Valomir', 'Dexorin', 'Calvexin'],
  forms: ['{base}', '{base} XR', '{base} Junior', '{base} IV'],
  layouts: ['sections', 'lists', 'topics', 'table'],
  attributes: [
    {
      name: 'starting-dose',
      label: 'Starting dose',
      value: whole(5, 60, 5, '# mg'),
      sentence: 'Treatment with {entity} starts with {value} a day.',
      under: 'Treatment starts with {value} a day.',
      questions: [
        'What is the starting dose of {entity}?',
        'With how many milligrams a day is {entity} begun?',
      ],
      translations: {
        de: ['Wie hoch ist die Anfangsdosis von {entity}?', 'Mit wie viel Milligramm beginnt man {entity}?'],
        fr: [
          'Quelle est la dose initiale de {entity} ?',
          'Avec combien de milligrammes commence-t-on {entity} ?',
        ],
      },
    },
    {
      name: 'maintenance-dose',
      label: 'Maintenance dose',
      value: whole(70, 200, 10, '# mg'),
      sentence: 'After two weeks {entity} is continued with {value} a day.',
      under: 'After two weeks it is continued with {value} a day.',
      questions: [
        'What is the maintenance dose of {entity}?',
        'How much {entity} does a patient take daily once the first two weeks are over?',
      ],
    },
    {
      name: 'maximum-dose',
      label: 'Maximum dose',
      value: whole(240, 900, 20, '# mg'),
      sentence: 'Never give more than {value} of {entity} within a day.',
      under: 'Never give more than {value} within a day.',
      questions: [
        'What is the maximum daily dose of {entity}?',
        'How much {entity} must not be exceeded in 24 hours?',
      ],
      translations: {
        de: [
          'Was ist die maximale Tagesdosis von {entity}?',
          'Welche Menge {entity} darf man am Tag nicht überschreiten?',
        ],
        fr: [
          'Quelle est la dose maximale de {entity} par jour ?',
          'Quelle quantité de {entity} ne faut-il pas dépasser en 24 heures ?',
        ],
      },
    },
    {
      name: 'interval',
      label: 'Dosing interval',
      value: whole(4, 24, 2, 'every # hours'),
      sentence: '{entity} is given {value}.',
      under: 'It is given {value}.',
      questions: ['How often is {entity} given?', 'How many hours lie between two doses of {entity}?'],
    },
    {
      name: 'duration',
      label: 'Duration',
      value: whole(3, 42, 1, '# days'),
      sentence: 'A course of {entity} lasts {value}.',
      under: 'A course lasts {value}.',
      questions: [
        'How long does a course of {entity} last?',
        'For how many days is {entity} taken altogether?',
      ],
      translations: {
        de: [
          'Wie lange dauert eine Behandlung mit {entity}?',
          'Wie viele Tage wird {entity} insgesamt genommen?',
        ],
        es: ['¿Cuánto dura un tratamiento con {entity}?', '¿Durante cuántos días se toma {entity} en total?'],
      },
    },
    {
      name: 'minimum-age',
      label: 'Minimum age',
      value: whole(2, 18, 1, '# years'),
      sentence: '{entity} is not given to patients younger than {value}.',
      under: 'It is not given to patients younger than {value}.',
      questions: ['From what age can {entity} be given?', 'How old must a patient be at least for {entity}?'],
    },
    {
      name: 'storage-temperature',
      label: 'Storage',
      value: among(
        'between 2 and 8 degrees',
        'below 25 degrees',
        'below 30 degrees, away from light',
        'frozen at minus 20 degrees',
        'at room temperature',
      ),
      sentence: '{entity} is stored {value}.',
      under: 'It is stored {value}.',
      questions: ['How is {entity} stored?', 'At which temperature must {entity} be kept?'],
    },
    {
      name: 'shelf-life',
      label: 'Use after opening',
      value: whole(2, 90, 1, 'within # days'),
      sentence: 'Once opened, {entity} must be used {value}.',
      under: 'Once opened, it must be used {value}.',
      questions: [
        'How long can {entity} be used after opening?',
        'When does an opened pack of {entity} have to be thrown away?',
      ],
    },
    {
      name: 'renal',
      label: 'Renal impairment',
      value: among(
        'halve the dose',
        'do not give it',
        'double the interval',
        'reduce the dose by a third',
        'no adjustment is needed',
      ),
      sentence: 'In patients with renal impairment who need {entity}: {value}.',
      under: 'In renal impairment: {value}.',
      questions: [
        'What is to be done with {entity} in renal impairment?',
        'How is {entity} adjusted for patients whose kidneys do not work well?',
      ],
    },
    {
      name: 'missed-dose',
      label: 'Missed dose',
      value: among(
        'skip it and go on as planned',
        'take it as soon as it is noticed',
        'take it if fewer than six hours have passed',
        'call the ward',
        'take half of it at once',
      ),
      sentence: 'When a dose of {entity} was missed: {value}.',
      under: 'When a dose was missed: {value}.',
      questions: [
        'What should be done after a missed dose of {entity}?',
        'A patient forgot to take {entity}: what now?',
      ],
      translations: {
        de: [
          'Was ist zu tun, wenn eine Dosis {entity} vergessen wurde?',
          'Ein Patient hat {entity} nicht eingenommen: was nun?',
        ],
        es: [
          '¿Qué hay que hacer si se olvidó una dosis de {entity}?',
          'Un paciente no tomó {entity}: ¿qué se hace?',
        ],
      },
    },
    {
      name: 'monitoring',
      label: 'Laboratory checks',
      value: among(
        'liver enzymes every two weeks',
        'potassium twice a week',
        'a blood count once a month',
        'creatinine every third day',
        'blood glucose daily',
      ),
      sentence: 'During treatment with {entity} check {value}.',
      under: 'During treatment check {value}.',
      questions: [
        'Which laboratory checks are required with {entity}?',
        'What has to be measured in the blood while a patient takes {entity}?',
      ],
    },
    {
      name: 'alcohol',
      label: 'Alcohol',
      value: among(
        'strictly forbidden',
        'permitted in small amounts',
        'to be avoided for two days',
        'of no relevance',
      ),
      sentence: 'Alcohol is {value} with {entity}.',
      under: 'Alcohol is {value}.',
      questions: ['Is alcohol allowed with {entity}?', 'May somebody on {entity} drink wine or beer?'],
    },
  ],
};
