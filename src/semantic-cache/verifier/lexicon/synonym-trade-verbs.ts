/** Verbs of computing, trade, law, health and the kitchen that ask for the same; form and rules as in `VERB_SYNONYMS`. */
export const TRADE_VERB_SYNONYMS = `
schedule reschedule
notify alert inform warn
alert notification
request order
authorise authorize approve permit
renew reactivate
reboot restart
restart reboot reset
freeze hang lock_up
crash fail stop_working break_down
malfunction fail break_down stop_working
speed_up accelerate make_faster optimise optimize
slow_down delay
shorten truncate reduce
iterate loop
concatenate join combine append
append add
parse read
sort order rank
filter select
initialise initialize start
instantiate create
list enumerate show
enumerate list count
encrypt encode secure
host deploy run
migrate move transfer switch
synchronise synchronize sync
back_up backup save
revert undo roll_back
undo revert reverse
rename change
pay settle clear
settle pay resolve
overpay pay
claim receive apply_for
inherit receive
evaluate assess appraise judge
assess evaluate measure
analyse analyze examine study
estimate calculate approximate
forbid disallow
qualify eligible
apply enrol
vaccinate immunise immunize
diagnose detect identify
relieve ease alleviate soothe reduce
alleviate relieve ease
strengthen boost improve build
consult see
cultivate grow plant
soak steep
bake cook
chill cool refrigerate
preserve keep store
permit authorize
ship post
track locate
dispute contest challenge
contest dispute
top_up add load
load add
`;
