import { among, type Field, time, whole } from './field';

/** Schedules of ferries and buses whose lines have like numbers. */
export const timetables: Field = {
  name: 'timetables',
  titles: ['{base} transport: summer timetable', 'Timetable for {base}', 'Lines serving {base}'],
  openings: [
    'Valid from May to October; on public holidays the Sunday service applies.',
    'Times are local. In strong wind departures may be cancelled at short notice.',
  ],
  bases: ['Harbour', 'Island', 'Lakeside', 'Airport', 'Campus', 'Old Town', 'Valley', 'Riverside'],
  forms: ['{base} Line 4', '{base} Line 14', '{base} Line 40', '{base} Line 4 Express'],
  layouts: ['table', 'sections', 'lists', 'topics'],
  attributes: [
    {
      name: 'first-departure',
      label: 'First departure',
      value: time(4, 7),
      sentence: 'On weekdays {entity} leaves for the first time at {value}.',
      under: 'On weekdays the first departure is at {value}.',
      questions: [
        'When is the first departure of {entity} on weekdays?',
        'What is the earliest {entity} I can catch from Monday to Friday?',
      ],
      translations: {
        de: [
          'Wann ist die erste Abfahrt von {entity} an Werktagen?',
          'Um wie viel Uhr fährt {entity} werktags zum ersten Mal?',
        ],
        es: [
          '¿A qué hora es la primera salida de {entity} entre semana?',
          '¿Cuál es el servicio más temprano de {entity} los días laborables?',
        ],
      },
    },
    {
      name: 'last-departure',
      label: 'Last departure',
      value: time(20, 24),
      sentence: 'On weekdays {entity} leaves for the last time at {value}.',
      under: 'On weekdays the last departure is at {value}.',
      questions: [
        'When is the last departure of {entity} on weekdays?',
        'What is the latest {entity} I can catch from Monday to Friday?',
      ],
      translations: {
        de: [
          'Wann ist die letzte Abfahrt von {entity} an Werktagen?',
          'Um wie viel Uhr fährt {entity} werktags zum letzten Mal?',
        ],
        es: [
          '¿A qué hora es la última salida de {entity} entre semana?',
          '¿Cuál es el servicio más tardío de {entity} los días laborables?',
        ],
      },
    },
    {
      name: 'sunday-departure',
      label: 'First departure on Sundays',
      value: time(7, 11),
      sentence: 'On Sundays {entity} does not start before {value}.',
      under: 'On Sundays it does not start before {value}.',
      questions: [
        'When does {entity} start on Sundays?',
        'What time is the first {entity} service on a Sunday?',
      ],
    },
    {
      name: 'frequency',
      label: 'Frequency',
      value: whole(5, 60, 5, 'every # minutes'),
      sentence: 'During the day {entity} runs {value}.',
      under: 'During the day it runs {value}.',
      questions: [
        'How often does {entity} run during the day?',
        'How many minutes are there between two departures of {entity}?',
      ],
      translations: {
        de: ['Wie oft fährt {entity} tagsüber?', 'In welchem Takt verkehrt {entity}?'],
        fr: [
          'Quelle est la fréquence de {entity} en journée ?',
          'Tous les combien de minutes passe {entity} ?',
        ],
      },
    },
    {
      name: 'journey-time',
      label: 'Journey time',
      value: whole(12, 95, 1, '# minutes'),
      sentence: 'From one end to the other {entity} takes {value}.',
      under: 'From one end to the other it takes {value}.',
      questions: [
        'How long does the whole journey with {entity} take?',
        'How much time do I spend on {entity} from terminus to terminus?',
      ],
      translations: {
        de: ['Wie lange dauert die Fahrt mit {entity}?', 'Welche Fahrzeit hat {entity}?'],
        fr: [
          'Combien de temps dure le trajet avec {entity} ?',
          'Quelle est la durée du parcours de {entity} ?',
        ],
      },
    },
    {
      name: 'single-fare',
      label: 'Single ticket',
      value: whole(2, 19, 1, '#.40 euros'),
      sentence: 'A single ticket for {entity} costs {value}.',
      under: 'A single ticket costs {value}.',
      questions: ['What does a single ticket for {entity} cost?', 'How much is one ride on {entity}?'],
    },
    {
      name: 'day-fare',
      label: 'Day ticket',
      value: whole(8, 45, 1, '#.50 euros'),
      sentence: 'With a day ticket for {value} one may ride {entity} as often as one likes.',
      under: 'A day ticket, valid for any number of rides, costs {value}.',
      questions: [
        'What does a day ticket for {entity} cost?',
        'How much do unlimited rides on {entity} within one day cost?',
      ],
    },
    {
      name: 'start-stop',
      label: 'Starts from',
      value: among('North Pier', 'Mill Bridge', 'Central Square', 'Customs House', 'Fish Market', 'Gasworks'),
      sentence: '{entity} starts from {value}.',
      under: 'It starts from {value}.',
      questions: ['Where does {entity} start?', 'At which stop does {entity} begin its trip?'],
    },
    {
      name: 'end-stop',
      label: 'Terminates at',
      value: among('Lighthouse', 'Upper Village', 'Botanic Garden', 'Quarry Road', 'Monastery', 'Stadium'),
      sentence: '{entity} terminates at {value}.',
      under: 'It terminates at {value}.',
      questions: ['Where does {entity} terminate?', 'What is the final stop of {entity}?'],
    },
    {
      name: 'bicycles',
      label: 'Bicycles',
      value: among(
        'carried free of charge',
        'not carried',
        'carried outside the rush hours',
        'carried for 3 euros each',
        'carried if folded',
      ),
      sentence: 'Bicycles are {value} on {entity}.',
      under: 'Bicycles are {value}.',
      questions: ['Can I take a bicycle on {entity}?', 'What is the rule for bikes on board of {entity}?'],
    },
    {
      name: 'check-in',
      label: 'Boarding closes',
      value: whole(2, 25, 1, '# minutes before departure'),
      sentence: 'Boarding of {entity} closes {value}.',
      under: 'Boarding closes {value}.',
      questions: [
        'When does boarding for {entity} close?',
        'How long before it leaves do I have to be on {entity}?',
      ],
    },
    {
      name: 'lost-property',
      label: 'Lost property',
      value: among(
        'at the kiosk by the pier',
        'at the depot in Weaver Street',
        'in the town hall, room 12',
        'at the ticket office upstairs',
        'with the harbour master',
      ),
      sentence: 'What is lost on {entity} can be collected {value}.',
      under: 'What is lost on board can be collected {value}.',
      questions: [
        'Where can I collect things lost on {entity}?',
        'I forgot my umbrella on {entity}: where do I get it back?',
      ],
    },
  ],
};
