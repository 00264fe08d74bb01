import { among, type Field, person, time, whole } from './field';

/** Rules for staff of several sites. */
export const handbook: Field = {
  name: 'staff-handbook',
  titles: ['Staff handbook: rules by site, {base}', 'Working at {base}', 'People guide, {base} region'],
  openings: [
    'The rules below apply to everybody with an employment contract. Your line manager answers questions about exceptions.',
    'This chapter was last reviewed by People Operations together with the works council.',
  ],
  bases: ['Berlin', 'Lisbon', 'Kraków', 'Dublin', 'Turin', 'Gothenburg', 'Lyon', 'Porto'],
  forms: ['the {base} office', 'the {base} warehouse', 'the {base} laboratory', 'the {base} call centre'],
  layouts: ['sections', 'topics', 'lists', 'sections'],
  attributes: [
    {
      name: 'annual-leave',
      label: 'Annual leave',
      value: whole(24, 34, 1, '# days'),
      sentence: 'Employees of {entity} have {value} of paid annual leave.',
      under: 'Everybody has {value} of paid annual leave.',
      questions: [
        'How much annual leave do employees of {entity} get?',
        'How many vacation days are there at {entity}?',
        'What is the yearly paid holiday allowance at {entity}?',
      ],
      translations: {
        de: ['Wie viele Urlaubstage gibt es in {entity}?', 'Wie viel Jahresurlaub hat man in {entity}?'],
        fr: ['Combien de jours de congés payés a-t-on à {entity} ?', 'Quel est le congé annuel à {entity} ?'],
      },
    },
    {
      name: 'parental-leave',
      label: 'Additional parental leave',
      value: whole(4, 26, 1, '# weeks'),
      sentence: 'New parents at {entity} may take {value} of additional paid parental leave.',
      under: 'New parents may take {value} of additional paid parental leave.',
      questions: [
        'How much additional parental leave is paid at {entity}?',
        'I work at {entity} and am expecting a baby: how many extra paid weeks off do I get?',
      ],
      translations: {
        de: [
          'Wie viel zusätzliche Elternzeit wird in {entity} bezahlt?',
          'Wie viele Wochen bezahlte Elternzeit bekommt man in {entity}?',
        ],
      },
    },
    {
      name: 'carry-over',
      label: 'Carry-over of leave',
      value: whole(2, 12, 1, '# unused days'),
      sentence: 'At {entity} up to {value} may be carried over into the next year.',
      under: 'Up to {value} may be carried over into the next year.',
      questions: [
        'How much unused leave can be carried over at {entity}?',
        'How many leftover vacation days may staff of {entity} take into January?',
      ],
    },
    {
      name: 'core-start',
      label: 'Core hours begin',
      value: time(8, 10),
      sentence: 'Core working hours at {entity} begin at {value}.',
      under: 'Core working hours begin at {value}.',
      questions: [
        'When do core hours begin at {entity}?',
        'By what time in the morning must everybody be at work at {entity}?',
      ],
      translations: {
        de: [
          'Wann beginnt die Kernarbeitszeit in {entity}?',
          'Ab wann muss man morgens in {entity} da sein?',
        ],
        es: [
          '¿A qué hora empieza el horario obligatorio en {entity}?',
          '¿A partir de qué hora hay que estar por la mañana en {entity}?',
        ],
      },
    },
    {
      name: 'core-end',
      label: 'Core hours end',
      value: time(14, 17),
      sentence: 'Core working hours at {entity} end at {value}.',
      under: 'Core working hours end at {value}, after which everybody may leave.',
      questions: [
        'When do core hours end at {entity}?',
        'From what time in the afternoon may people of {entity} go home?',
      ],
    },
    {
      name: 'remote-days',
      label: 'Remote work',
      value: whole(1, 4, 1, '# days a week'),
      sentence: 'Work from home is possible at {entity} on {value}.',
      under: 'Work from home is possible on {value}.',
      questions: [
        'How many days a week can staff of {entity} work from home?',
        'What is the home office rule at {entity}?',
        'How often is remote working allowed for {entity}?',
      ],
      translations: {
        de: [
          'Wie oft darf man in {entity} im Homeoffice arbeiten?',
          'An wie vielen Tagen pro Woche ist Heimarbeit in {entity} erlaubt?',
        ],
        es: [
          '¿Cuántos días a la semana se puede teletrabajar en {entity}?',
          '¿Con qué frecuencia se permite el trabajo desde casa en {entity}?',
        ],
      },
    },
    {
      name: 'probation',
      label: 'Probation period',
      value: whole(2, 9, 1, '# months'),
      sentence: 'New hires at {entity} are on probation for {value}.',
      under: 'New hires are on probation for {value}.',
      questions: [
        'How long is the probation period at {entity}?',
        'After how many months does a new hire at {entity} count as confirmed?',
      ],
    },
    {
      name: 'resignation-notice',
      label: 'Notice by employees',
      value: whole(4, 16, 1, '# weeks'),
      sentence: 'Who resigns from {entity} gives {value} of notice.',
      under: 'Who resigns gives {value} of notice.',
      questions: [
        'What notice must an employee of {entity} give when resigning?',
        'I want to quit my job at {entity}: how many weeks before leaving do I have to say so?',
      ],
    },
    {
      name: 'sick-certificate',
      label: 'Medical certificate',
      value: among('the second day', 'the third day', 'the fourth day', 'the first day', 'the sixth day'),
      sentence: 'At {entity} a medical certificate is required from {value} of an illness.',
      under: 'A medical certificate is required from {value} of an illness.',
      questions: [
        'From when on does {entity} require a medical certificate?',
        'How long can I be ill at {entity} before I need a note from a doctor?',
      ],
    },
    {
      name: 'meal-allowance',
      label: 'Meal allowance',
      value: whole(4, 15, 1, '# euros a day'),
      sentence: 'Staff of {entity} receive a meal allowance of {value}.',
      under: 'A meal allowance of {value} is paid with the salary.',
      questions: [
        'How high is the meal allowance at {entity}?',
        'How much does {entity} contribute towards lunch?',
      ],
    },
    {
      name: 'travel-allowance',
      label: 'Commuting allowance',
      value: whole(20, 140, 5, '# euros a month'),
      sentence: 'Commuting to {entity} is subsidised with {value}.',
      under: 'Commuting is subsidised with {value}.',
      questions: [
        'What commuting subsidy is paid at {entity}?',
        'How much do people get for travelling to work at {entity}?',
      ],
    },
    {
      name: 'dogs',
      label: 'Pets',
      value: among(
        'allowed on Fridays',
        'not allowed',
        'allowed if everybody in the room agrees',
        'allowed in the ground floor rooms',
      ),
      sentence: 'Dogs are {value} at {entity}.',
      under: 'Dogs are {value}.',
      questions: ['Are dogs allowed at {entity}?', 'Can I bring my pet along to {entity}?'],
    },
    {
      name: 'first-aider',
      label: 'First aider',
      value: person,
      sentence: 'The first aider of {entity} is {value}.',
      under: 'The first aider is {value}.',
      questions: ['Who is the first aider of {entity}?', 'Whom do I call at {entity} when somebody is hurt?'],
    },
  ],
};
