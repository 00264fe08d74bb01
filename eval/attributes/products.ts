import { among, day, type Field, whole } from './field';

/** Data sheets of models whose names differ in a letter or number. */
export const products: Field = {
  name: 'product-sheets',
  titles: ['{base} series: data sheet', 'Technical data, {base} range', '{base} product guide'],
  openings: [
    'All values were measured at 20 degrees Celsius and sea level. Subject to change without notice.',
    'Read this sheet together with the safety instructions that come with every device.',
  ],
  bases: ['AquaPure', 'VentoMax', 'Lumera', 'Terrapump', 'Coldrin', 'Brewmaster', 'Silvano', 'Heliotherm'],
  forms: ['{base} 200', '{base} 200S', '{base} 300', '{base} 300 Pro'],
  layouts: ['table', 'sections', 'lists', 'topics'],
  attributes: [
    {
      name: 'weight',
      label: 'Net weight',
      value: whole(6, 48, 1, '# kg'),
      sentence: 'Without packaging the {entity} weighs {value}.',
      under: 'The device weighs {value} without packaging.',
      questions: [
        'How heavy is the {entity}?',
        'What is the net weight of the {entity}?',
        'How many kilograms does the {entity} weigh?',
      ],
      translations: {
        de: ['Wie schwer ist der {entity}?', 'Was wiegt der {entity}?'],
        es: ['¿Cuánto pesa el {entity}?', '¿Cuál es el peso neto del {entity}?'],
      },
    },
    {
      name: 'power',
      label: 'Rated power',
      value: whole(350, 2400, 50, '# watts'),
      sentence: 'In operation the {entity} draws {value}.',
      under: 'In operation it draws {value}.',
      questions: [
        'What is the power consumption of the {entity} in operation?',
        'How many watts does the {entity} use while running?',
      ],
      translations: {
        de: [
          'Wie hoch ist die Leistungsaufnahme des {entity} im Betrieb?',
          'Wie viel Watt verbraucht der {entity}, wenn er läuft?',
        ],
        fr: [
          'Quelle est la puissance consommée par le {entity} en marche ?',
          'Combien de watts le {entity} utilise-t-il en fonctionnement ?',
        ],
      },
    },
    {
      name: 'standby-power',
      label: 'Standby power',
      value: whole(1, 14, 1, '0.# watts'),
      sentence: 'On standby the {entity} needs {value}.',
      under: 'On standby it needs {value}.',
      questions: [
        'How much power does the {entity} need on standby?',
        'What does the {entity} consume when it is switched on but idle?',
      ],
      translations: {
        de: ['Wie viel Strom braucht der {entity} im Standby?', 'Was verbraucht der {entity} im Leerlauf?'],
      },
    },
    {
      name: 'minimum-temperature',
      label: 'Minimum ambient temperature',
      value: whole(-25, 8, 1, '# degrees Celsius'),
      sentence: 'The {entity} may be used down to {value}.',
      under: 'It may be used down to {value}.',
      questions: [
        'What is the minimum ambient temperature for the {entity}?',
        'How cold may it get where the {entity} is running?',
      ],
    },
    {
      name: 'maximum-temperature',
      label: 'Maximum ambient temperature',
      value: whole(32, 60, 1, '# degrees Celsius'),
      sentence: 'Ambient temperatures above {value} damage the {entity}.',
      under: 'Ambient temperatures above {value} damage it.',
      questions: [
        'What is the maximum ambient temperature for the {entity}?',
        'How hot may the surroundings of the {entity} become?',
      ],
    },
    {
      name: 'warranty',
      label: 'Warranty',
      value: whole(12, 84, 6, '# months'),
      sentence: 'The warranty of the {entity} covers {value}.',
      under: 'The warranty covers {value}.',
      questions: [
        'How long is the warranty on the {entity}?',
        'For how many months does the manufacturer repair a faulty {entity} free of charge?',
        'What guarantee period does the {entity} have?',
      ],
      translations: {
        de: ['Wie lange gilt die Garantie für den {entity}?', 'Welche Garantiezeit hat der {entity}?'],
        fr: [
          'Quelle est la durée de garantie du {entity} ?',
          'Pendant combien de mois le {entity} est-il garanti ?',
        ],
        es: ['¿Cuánto dura la garantía del {entity}?', '¿Por cuántos meses está garantizado el {entity}?'],
      },
    },
    {
      name: 'service-interval',
      label: 'Service interval',
      value: whole(250, 3000, 250, '# operating hours'),
      sentence: 'The {entity} has to be serviced every {value}.',
      under: 'It has to be serviced every {value}.',
      questions: [
        'What is the service interval of the {entity}?',
        'How often does the {entity} need maintenance?',
      ],
    },
    {
      name: 'filter-life',
      label: 'Filter life',
      value: whole(2, 18, 1, '# months'),
      sentence: 'A filter of the {entity} lasts {value}.',
      under: 'A filter lasts {value}.',
      questions: [
        'How long does a filter of the {entity} last?',
        'After what time should the filter in the {entity} be replaced?',
      ],
    },
    {
      name: 'noise',
      label: 'Noise level',
      value: whole(28, 71, 1, '# dB(A)'),
      sentence: 'At one metre the {entity} makes a noise of {value}.',
      under: 'At one metre it makes a noise of {value}.',
      questions: ['How loud is the {entity}?', 'What is the noise level of the {entity}?'],
    },
    {
      name: 'capacity',
      label: 'Tank capacity',
      value: whole(2, 40, 1, '# litres'),
      sentence: 'The tank of the {entity} holds {value}.',
      under: 'Its tank holds {value}.',
      questions: ['How much fits into the tank of the {entity}?', 'What is the tank volume of the {entity}?'],
    },
    {
      name: 'launch',
      label: 'On sale since',
      value: day(2018, 2023),
      sentence: 'Sales of the {entity} began on {value}.',
      under: 'Sales began on {value}.',
      questions: ['When was the {entity} launched?', 'Since when can the {entity} be bought?'],
    },
    {
      name: 'discontinued',
      label: 'Spare parts until',
      value: day(2031, 2036),
      sentence: 'Spare parts for the {entity} are supplied until {value}.',
      under: 'Spare parts are supplied until {value}.',
      questions: [
        'Until when are spare parts for the {entity} available?',
        'How long will parts to repair the {entity} be supplied?',
      ],
    },
    {
      name: 'dishwasher',
      label: 'Cleaning',
      value: among(
        'in the dishwasher',
        'by hand with warm water alone',
        'with the enclosed brush',
        'with a citric acid solution',
        'with a dry cloth',
      ),
      sentence: 'Removable parts of the {entity} are cleaned {value}.',
      under: 'Removable parts are cleaned {value}.',
      questions: [
        'How are the removable parts of the {entity} cleaned?',
        'What is the right way to wash the detachable pieces of the {entity}?',
      ],
    },
  ],
};
