/**
 * The words of Gainsight's messages that may be printed: the language of error messages. A word that could also be the
 * value of a row (a name, a place, a colour, `true`, `yes`) must not be listed, however often errors use it.
 */

/** In lower case, or with a capital first letter. */
const anyPlace = `
able about above accept accepted accepting access account accounts across actual add added additional address after
again all allow allowed allowing allowlist allowlisted already also alter although always among an and another any api
appear appears applied apply are as ask asked assign assigned at attempt attempted attempts attribute attributes auth
authenticate authenticated authentication authorization authorize authorized auto available avoid based batch be
because been before being below between beyond body boolean both bound bulk but by byte bytes call called caller calls
cannot case cast cell cells certain chance change changed character characters check checked checks choose client code
codes collection column columns comma compared concurrent conflict conflicting conflicts connection connector
constraint constraints contain contained containing contains content contents convert converted converting copy
correct correctly corrupt could count created creating creation csv currency currently cut data database dataset datatype
date dates datetime deadlock decimal declared default defined deleted delimiter denied deny depends describe described
deserialize detail details detected did differ different digit digits directory disallowed disk do document does
domain down dropdown dropdownlist due duplicate duplicated duplicates duplication during each edit editable e-mail either
element elements else email emails empty encoded encoding encountered end ended ends enough ensure enter entered
entities entity entries entry enum equal error errored errors escape every exactly exceed exceeded exceeding exceeds
except exception execute executed execution exist existing exists expect expected expects expired expression extra
fail failed failing fails failure failures fault feature fetch few fewer field fields file filename files fill filled
find fit fits fix float following for forbidden foreign form format formats formatted formula found from function
further gainsight gateway generic get given global greater group gsid handle handled has have header headers hidden
hold holds host hour id identical identified identifier identifiers identify identity ids if ignored illegal import
imported importing in include included includes incompatible incomplete incorrect incorrectly index inline inner input
insert inserted inserting instance instead insufficient integer integers integrity into invalid invalidated ips is
issue it item items its job jobs json keep key keyfields keys kind known label least left length less letter letters
like limit limited limits line lines link linked list listed load loaded loading locale locked logged longer lookup
lookups lost lower made make malformed mandatory many map mapped mapping mappings match matched matches matching max
maximum mean meaning meet megabytes memory message messages metadata method middle min minimum minute mismatch missing
mode modified modify month more most moved much multi multipart multiselect must name named names near need needed
needs network never next no non nor not nothing null nullable number numbers numeric object objects occurred of off
offset on once one only operation operations operator option options or order otherwise out outside over overflow
overlap package padding parameter parameters parent parse parsed parser parsing part partially pass path pattern
payload per percent percentage permission permissions permitted phone picklist place please point position possible
precision prefix present previous problem process processed processing produced prohibited property provide provided
provides query queue quota quote quoted quotes range ranges rate rather read readable reading reason received record
records recreate reduce refer reference referenced references referential refused regex reject rejected relation
relationship release remaining remove removed repeated replace report reported request requested requests require
required requires reserved reset resolve resolved resource resources response restricted result results retried retry
return returned role row rows rule rules run same save saved scale schema search second seconds section security see
select selected send sent separated separator sequence server service services session set setting several shorter
should show signed similar since size skip skipped smaller so some source space spaces specified spelled start starts
state statement status step still storage store stored string strings structure such supplied support supported syntax
system table take taken target temporarily tenant tenants text than that the their them then there therefore these
they this those throttled through time timed timeout times timestamp to together token too total transaction trigger
truncated trying twice type types unable unauthorized unavailable under unexpected unique unit unknown unless
unparseable unprocessable unquoted unreadable unrecognized unresolved unsupported unterminated until up update updated
updates updating upload uploaded upper url urls usage use used user users uses using utc utf valid validate validated
validating validation validations value values version via violated violates violation wait waiting was way we were
what when where whether which while whitelist whitelisted whitespace whole whose width window with within without word
words work would writable write writing written year you your zero zone
`;

/** In lower case only: capitalised, each is also a name or a picklist value. */
const lowerCaseOnly = `
a active bad blank busy can canceled cancelled close closed complete completed contact custom customer disabled done
double early enabled external finished first free full general good high inactive internal last later long low main
mark may might multiple negative new newer none old older open other own owner page partial pending person positive
primary priority private public review right running sensitive short single small special standard started stopped
temporary will wrong
`;

/** Exactly as written here. */
const exactly = `
INSERT UPDATE UPSERT DELETE SELECT GET POST PUT NULL NOT GSID ID IDs URL URI CSV TSV JSON HTTP HTTPS API UTC UTF UTF-8
UI IP IPs STRING NUMBER NUMERIC INTEGER CURRENCY PERCENTAGE BOOLEAN DATE DATETIME EMAIL RICHTEXTAREA LOOKUP PICKLIST
MULTISELECTDROPDOWNLIST DateTime DateTimes dateTime Gsid GsId Gainsight
PENDING IN_PROGRESS COMPLETED FAILED INIT PROCESSING PARTIAL_SUCCESS ABORTED
objectName fieldName fieldNames keyFields keyField fileName jobId rowNumber errorMessage errorCode requestId dataType
accessKey contentType statusId
Bad Internal Wrong yyyy-MM-dd MM/dd/yyyy dd/MM/yyyy HH:mm:ss
can't couldn't didn't doesn't don't hasn't haven't isn't aren't wasn't weren't won't wouldn't shouldn't mustn't
Can't Couldn't Doesn't Don't Isn't
`;

const words = (text: string): string[] => text.trim().split(/\s+/);
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Every spelling of a word that may be printed. */
export const vocabulary: ReadonlySet<string> = new Set([
  ...words(anyPlace).flatMap((word) => [word, capital(word)]),
  ...words(lowerCaseOnly),
  ...words(exactly),
]);
