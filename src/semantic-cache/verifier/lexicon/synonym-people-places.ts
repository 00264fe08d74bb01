/** Nouns of people, places, body, time, money and law that ask for the same thing; form and rules as in `VERB_SYNONYMS`. */
export const PEOPLE_AND_PLACE_SYNONYMS = `
person individual human people man someone
human person people
people person individual human
individual person
man guy male
guy boy man
boy guy
woman female lady
girl female lady woman
child kid
kid child
baby infant newborn
infant baby
parent mother_and_father
mother mom mum
father dad
friend buddy pal
wife spouse
husband spouse
couple pair
pair couple
student learner pupil
teacher instructor educator
teacher tutor
professor lecturer
school college
college university
university college
class lecture lesson course
lecture class
course class
exam test examination
test exam
exam paper
degree qualification
subject topic
topic subject
institute institution
coaching tutoring
grade mark score
mark score
country nation state
nation country
government govt administration
government authority
president potus
minister pm
election vote
law legislation
law rule
rule regulation
policy rule
regulation rule
right entitlement
lawyer attorney
attorney lawyer
court tribunal
agreement contract
contract agreement
breach violation
violation breach
crime offence offense
prison jail
jail prison
police cop
doctor physician
physician doctor
hospital clinic
illness disease sickness
disease illness condition disorder
disorder condition
symptom sign
sign symptom indication
sign signal
medicine medication drug
medication drug medicine
drug medication
dose dosage amount
dosage dose
pain ache
ache pain
side_effect adverse_effect
pulse heart_rate heartbeat
diet food
food meal
meal dish
dish recipe
pimple acne zit
acne pimple
belly stomach abdomen
tummy belly stomach
hair_loss hairloss baldness
weight fat
fat weight
workout exercise training
exercise workout
body physique
house home
home house
apartment flat
flat apartment
room bedroom
car vehicle auto automobile
vehicle car
bike motorcycle
bicycle bike cycle
plane airplane aircraft flight aeroplane
flight plane
trip travel journey tour
journey trip
trip vacation holiday
holiday vacation
vacation holiday leave time_off pto
tourist visitor traveler traveller
hotel accommodation
ticket fare
luggage baggage bag
baggage luggage
road street
street road
city town
town city
area region
region area
world earth globe
universe cosmos
planet world
weather climate
climate weather
environment atmosphere
nature environment
animal creature
plant tree
life living
lifestyle way_of_life
death demise
love affection
relationship marriage
friendship relationship
feeling emotion
emotion feeling
happiness joy
fear phobia
anxiety stress
dream goal
hobby interest
interest hobby
religion faith
god deity
church temple
history past
past history
future tomorrow
time period
period menstruation
time moment
moment time
year yr
month mo
minute min
hour hr
second sec
kilogram kg
age old
age years_old
beginning start
end ending
size dimension
amount quantity sum
quantity amount number
number count amount quantity
number total
percentage percent
length duration
duration length period
distance length
speed velocity
level degree
height tallness
weight mass
limit maximum cap
limit restriction
maximum limit
requirement prerequisite criterion
criterion requirement
eligibility requirement
condition requirement
option choice alternative
choice option
alternative option substitute replacement
chance probability likelihood odds possibility
possibility chance
probability chance
risk danger
danger risk
threat danger
safety security
security safety
war conflict
conflict war
army military
weapon arm
soldier troop
battle fight
tax_return return
card debit_card
account profile
profile account
password passcode
passcode pin
address location
destination address
delivery shipping
shipping delivery
order purchase
purchase order
receipt invoice
invoice bill
bill invoice
membership subscription
subscription membership
offer deal
deal offer
warranty guarantee
guarantee warranty
loan credit
share stock
stock share
interest rate_of_interest
bank lender
insurance coverage
claim request
demand request
evidence proof
proof evidence
theory hypothesis
experiment test
research study
study research
formula equation
equation formula
phenomenon event
event occurrence
incident event
situation scenario circumstance
circumstance situation
scenario situation
resource source material
source resource
material resource
guide tutorial
tutorial guide lesson
review opinion
rating review
feedback review
joke humour humor
game videogame
team squad
player gamer
player athlete
winner champion
leader head
head leader
founder creator
creator founder maker author
inventor creator
maker manufacturer
manufacturer maker
brand make
model version
version edition release
logo emblem
capital capital_city
citizen national
citizen holder
passport_holder citizen
visa permit
permit license licence
license licence
server host
network internet
port socket
process task
task job
container instance
certificate cert
venv virtual_environment
virtualenv venv virtual_environment
repository repo
directory path
terminal command_line shell console
command_line terminal
border_control immigration
northern_lights aurora_borealis aurora
mercy_killing euthanasia
relation relationship connection link
comprehension understanding
celebrity star
tool utility
task duty work role
role job work duty function
population number_of_people
percentage share
fee cost charge
officer official
quality characteristic trait
being human person
trip travel
passenger traveler traveller
allowance limit
cabin_bag carry_on carry-on hand_luggage
carry_on carry-on
investing investment
investment investing
antibiotic antibacterial
virus viral
tourism tourist travel
citizen passport_holder
cheque check
atm cash_machine cashpoint
cash_machine atm
purchase transaction payment
statement bill
balance amount
identity id identification
verification check
vacation_day pto day_off time_off
paycheck paycheque salary wages
holiday day_off
tyre tire
bank_account account
physician gp doctor
surgery operation
fever high_temperature
flu influenza
influenza flu
vaccine jab shot vaccination
high_blood_pressure hypertension
hypertension high_blood_pressure
heart_attack cardiac_arrest myocardial_infarction
stroke cva
headache migraine
tiredness fatigue exhaustion
fatigue tiredness exhaustion
insomnia sleeplessness
nausea sickness
rash skin_irritation
kidney renal
heart cardiac
lung pulmonary
liver hepatic
cancer tumor tumour
tumor tumour
painkiller analgesic pain_reliever
allergy intolerance
pregnancy pregnant
toddler infant
teenager teen adolescent
teen teenager adolescent
elderly old senior
senior elderly
lawsuit case
trademark brand
copyright intellectual_property
tenant renter
landlord owner
rent lease
lease rent
deposit down_payment
neighbor neighbour
subway metro underground tube
metro subway
airport terminal
train railway rail
railway rail
lorry truck
petrol gas gasoline fuel
fuel petrol gas
elevator lift
lift elevator
supermarket grocery_store
pharmacy chemist drugstore
drugstore pharmacy chemist
restaurant eatery diner
cookie biscuit
soccer football
fall autumn
autumn fall
capital_city capital
inhabitant resident
resident inhabitant citizen
population inhabitants
landmark attraction sight
attraction sight place
mountain peak
ocean sea
`;
