/** Adjectives, adverbs and names that ask for the same thing in a question; form and rules as in `VERB_SYNONYMS`. */
export const MODIFIER_SYNONYMS = `
good great nice excellent decent
best top greatest finest ideal
best good
best most_effective
best favourite favorite
good effective useful
better superior
bad poor awful terrible
worst poorest
important significant crucial vital essential key
main major primary key principal chief
major main big
primary main
basic fundamental
fundamental basic
common typical usual frequent
typical common normal standard
normal typical standard regular usual
standard normal
regular normal
general overall
big large huge giant
large big
huge big enormous massive
biggest largest greatest
small little tiny
tiny small
long lengthy
short brief
tall high
high tall
highest tallest
fast quick rapid quickly speedy
quick fast quickly
quickest fastest
easy simple easily
simple easy
easiest simplest best
hard difficult tough challenging
difficult hard tough
toughest hardest
cheap inexpensive affordable low-cost
inexpensive cheap
expensive costly pricey
free no_cost free_of_charge
new fresh recent
new latest
latest newest recent
recent latest
newest latest
old ancient
modern contemporary
current present
current ongoing
currently now presently at_present
now currently right_now today nowadays
nowadays these_days today
smart intelligent clever
intelligent smart
clever smart
smartest wisest
stupid dumb foolish idiotic
dumb stupid
funny hilarious
funniest most_hilarious
hilarious funny humorous
strange weird odd unusual
weird strange
weirdest strangest
scary creepy frightening
scariest creepiest
happy glad
sad unhappy
saddest most_depressing
angry mad
crazy insane mad
beautiful pretty attractive
pretty beautiful
ugly unattractive
attractive good-looking
hot attractive
rich wealthy
wealthy rich
poor needy
famous popular well-known renowned
popular famous
successful success
fit healthy in_shape
healthy fit
sick ill
ill sick
tired exhausted
lonely alone
alone lonely
strong powerful
powerful strong
weak feeble
safe secure
dangerous risky unsafe hazardous
unsafe dangerous harmful
harmful bad damaging
damaged broken defective faulty
broken damaged
faulty defective
stolen robbed
missing lost
lost missing
active running
running active
forgotten lost
available accessible
possible feasible
real true actual genuine
true real
actual real
fake counterfeit
correct right proper accurate
right correct
proper correct
wrong incorrect
incorrect wrong
different distinct
same identical
similar alike like comparable
alike similar
related similar
special unique
unique special
interesting fascinating
mind-blowing amazing mind_blowing
amazing awesome incredible mind-blowing
awesome amazing
inspirational motivational inspiring
boring dull
annoying irritating
romantic love
legal lawful
illegal unlawful
eligible qualified
necessary required needed essential mandatory compulsory
required needed
mandatory compulsory obligatory
acceptable ok okay
worth worthwhile
useful helpful
helpful useful
effective efficient
efficient effective
efficiently effectively
automatic automatically
national federal
federal national
international foreign overseas abroad
abroad overseas foreign
foreign abroad international
worldwide global
global worldwide
local nearby
near close
nearby near
annual yearly per_year
yearly annual
monthly per_month
daily every_day per_day
weekly per_week
permanently forever
forever permanently
immediately instantly
instantly immediately
soon shortly
often frequently
frequently often
always constantly
usually normally
sometimes occasionally
maybe perhaps
exactly precisely
totally completely entirely
completely fully totally
whole entire complete
entire whole
full complete
complete full
many several numerous
several multiple
multiple several many
various different
enough sufficient
severe acute serious
acute severe
serious severe
viral virus
compound compounding
usa us u.s u.s.a united_states america united_states_of_america
american us
uk u.k united_kingdom britain great_britain
uae united_arab_emirates
eu european_union
ww2 wwii world_war_ii world_war_2 second_world_war
ww1 wwi world_war_i world_war_1 first_world_war
ww3 wwiii world_war_iii world_war_3 third_world_war
india indian
china chinese
russia russian
america american
japan japanese
germany german
france french
england english british
rupee rs inr
dollar usd
euro eur
pound gbp
kilometer kilometre km
meter metre
mile mi
gram gm
litre liter
pc personal_computer
tv television
ai artificial_intelligence
ml machine_learning
js javascript
ts typescript
py python
db database
os operating_system
ui user_interface
vpn virtual_private_network
url web_address
ceo chief_executive chief_executive_officer
cto chief_technology_officer
hr human_resources
phd doctorate
btech b.tech
mtech m.tech
fb facebook
ig instagram
insta instagram
yt youtube
2fa two-factor_authentication two_factor_authentication
https ssl tls
ssl tls
mac macos
cv resume
resume curriculum_vitae
asap as_soon_as_possible
tiny few small
meaningless pointless
wrong bad
advisable safe
healthy nutritious
usual normal
recurring repeated
monthly every_month
fresh new
typical average
average mean typical
wonderful great amazing
terrible horrible awful
horrible terrible
huge great
approximately about roughly
roughly approximately
against versus
because_of due_to owing_to
due_to because_of
in_order_to to
physical actual real
disposable throwaway
throwaway disposable
additional extra another
extra additional
further additional
pending outstanding
immediately right_away straight_away
right_away immediately now
broken damaged faulty defective
damaged broken faulty
faulty broken defective
defective faulty broken
automatically auto
permanent lasting
mandatory compulsory obligatory required
compulsory mandatory
required necessary needed mandatory
necessary required needed
safe secure
reliable dependable trustworthy
trustworthy reliable
yearly annual annually per_year
annual yearly
monthly per_month each_month
daily per_day every_day
weekly per_week every_week
overseas abroad
abroad overseas
nearby close near
wealthy rich
unhappy sad
sad unhappy depressed
angry mad
afraid scared frightened
scared afraid
pregnant expecting
sore painful
painful sore
sick ill unwell
ill sick unwell
vegan plant-based
`;
