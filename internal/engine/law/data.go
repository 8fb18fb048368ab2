package law

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Data is the legal data of a bundle. It has one member for each file or folder below `data`; a bundle with any other YAML file there is
// invalid.
type Data struct {
	Dimensions struct {
		Dimensions map[string]Dimension `json:"dimensions"`
	} `json:"dimensions"`
	// Jurisdictions and Sectors map a code (`us-ca`, `retail`) to its law.
	Jurisdictions map[string]Document `json:"jurisdictions"`
	Sectors       map[string]Document `json:"sectors"`
	Places        struct {
		// Groups maps the name of a group of countries (`eea`) to its members, as ISO 3166-1 alpha-2 codes in lower case.
		Groups map[string][]string `json:"groups"`
		// Territories maps a code that is not a country (`eu`) to the group of countries in which its law applies.
		Territories map[string]string `json:"territories"`
		// Parts are the codes of parts of countries whose law treats the rest of their country as abroad.
		Parts []string `json:"parts"`
		// Within maps the code of a territory that has a country code of its own (`pr`) to the country whose law is law there.
		Within map[string]string `json:"within"`
		// Meant maps a word that people write in place of a code (`uk`) to the code.
		Meant map[string]string `json:"meant"`
		// Countries are the codes of all countries that a declaration can name, in lower case.
		Countries []string `json:"countries"`
	} `json:"places"`
	// Remedies maps the name of a dimension to the sentence that tells people what to do.
	Remedies map[string]string `json:"remedies"`
	// Regions maps the name of a cloud region (`eu-central-1`) to its country.
	Regions map[string]string `json:"regions"`
	Facts   struct {
		// AdultAge is the age in years from which a person is not a minor.
		AdultAge json.Number `json:"adultAge"`
		// Adults are the capacities in which people are hardly children.
		Adults []string `json:"adults"`
		// EarliestAssessment is the day before which no assessment is about a chatbot that anybody runs.
		EarliestAssessment string `json:"earliestAssessment"`
		// Fields maps each condition of points (`minors`) to the field or fields in which a declaration states whether the condition holds, as a
		// text for remedies.
		Fields map[string]string `json:"fields"`
		// Addressee lists the conditions that say whom a law binds. Where such a fact is not declared, a point never denies.
		Addressee []string `json:"addressee"`
		// Detected are the categories of data that the sidecar redacts although the declaration does not list them.
		Detected []string `json:"detected"`
		// Categories are the words for personal data that are not sensitive in any law, and other words for those that are.
		Categories Categories `json:"categories"`
		// Roles maps each role that a condition may name to a description of those who have it.
		Roles map[string]Role `json:"roles"`
		// Placeholders are words that stand for no answer.
		Placeholders []string `json:"placeholders"`
		// Currencies are those in which a turnover can be stated.
		Currencies []string `json:"currencies"`
		// NotSmall is a pattern of reasons for smallOperator that say the opposite.
		NotSmall string `json:"notSmall"`
		// Enterprises are the size classes of enterprises.
		Enterprises Enterprises `json:"enterprises"`
		// DeclaredFields are the fields that a declaration must state although the sidecar carries out their dimensions: only people know
		// the value. In the YAML their key is `answers`, because people answer in these fields.
		DeclaredFields []string `json:"answers"`
		// Certifications maps each certification of recipients abroad to the countries of the recipients, and the codes whose law accepts it.
		Certifications map[string]struct {
			Countries []string `json:"countries"`
			Of        []string `json:"of"`
			Source    string   `json:"source"`
		} `json:"certifications"`
		// DoubtedBases are legal bases that guidance of the codes in Of doubts where they are the only one, and all people have one capacity.
		DoubtedBases []struct {
			Basis    string   `json:"basis"`
			Audience string   `json:"audience"`
			Of       []string `json:"of"`
			Source   string   `json:"source"`
			Why      string   `json:"why"`
		} `json:"doubtedBases"`
		// SeatLaws are acts that bind whoever is established in a place, wherever the people are.
		SeatLaws []struct {
			Code    string `json:"code"`
			Act     string `json:"act"`
			Article string `json:"article"`
			URL     string `json:"url"`
		} `json:"seatLaws"`
		// AnswersFor lists, by capacity of the audience, the dimensions that a declaration must answer where people have this capacity.
		AnswersFor map[string][]string `json:"answersFor"`
	} `json:"facts"`
	Statements struct {
		// Statements maps a language (BCP 47) to the built-in disclosure statement.
		Statements map[string]string `json:"statements"`
		// Macrolanguages maps an individual language to its macrolanguage (ISO 639-3), the name that laws use: `cmn` to `zh`.
		Macrolanguages map[string]string `json:"macrolanguages"`
	} `json:"statements"`
	Workload struct {
		// ReservedPrefix begins the names of containers, ports and volumes that belong to the sidecar.
		ReservedPrefix string `json:"reservedPrefix"`
		// ReservedPorts is the range of port numbers, including First and Last, on which only the sidecar listens.
		ReservedPorts struct{ First, Last int32 } `json:"reservedPorts"`
		// KeyPrefix begins the keys of Chaperone's labels and annotations. Of such keys, a pod may have only those in Labels and Annotations.
		KeyPrefix   string   `json:"keyPrefix"`
		Labels      []string `json:"labels"`
		Annotations []string `json:"annotations"`
		// An environment variable holds a credential if its name matches the regular expression CredentialNames but not
		// CredentialReferences: names that match the latter only tell where a credential is or how it is used.
		CredentialNames      string `json:"credentialNames"`
		CredentialReferences string `json:"credentialReferences"`
		// NodePaths are folders of the node, each with a trailing slash, and NodePathTypes types of hostPath volumes. A volume that has one
		// of the types, or is in, at or above one of the folders, lets a container bypass the sidecar.
		NodePaths     []string `json:"nodePaths"`
		NodePathTypes []string `json:"nodePathTypes"`
		// ReadableNodePaths are paths in NodePaths that containers may read.
		ReadableNodePaths []string `json:"readableNodePaths"`
		// HarmlessNetworks are names of networks that attach no interface to a pod.
		HarmlessNetworks []string `json:"harmlessNetworks"`
		// ContainedCapabilities are Linux capabilities that affect nothing outside the container. ProcessCapabilities are those that affect
		// nothing outside it unless containers share processes.
		ContainedCapabilities []string `json:"containedCapabilities"`
		ProcessCapabilities   []string `json:"processCapabilities"`
	} `json:"workload"`
	Readability struct {
		Source struct{ Title, URL string } `json:"source"`
		// Length maps a field to the maximum length of its text in words or, for scripts without spaces, in characters.
		Length map[string]struct{ Words, Characters int } `json:"length"`
		// LIX is the maximum of the readability index of that name. LIXOfLongWords is the maximum for the languages in LongWords, whose grammar
		// makes words long.
		LIX            int      `json:"lix"`
		LIXOfLongWords int      `json:"lixOfLongWords"`
		LongWords      []string `json:"longWords"`
		// FewWords is the number of words below which the readability index of a text is not checked.
		FewWords int `json:"fewWords"`
		// SentenceCharacters is the maximum average length of sentences in scripts without spaces.
		SentenceCharacters int `json:"sentenceCharacters"`
		// Letters maps a language whose script spells words, without spaces between them, to the factor by which it needs more characters.
		Letters map[string]int `json:"letters"`
	} `json:"readability"`
	// Claims has the words by which rules read what texts say.
	Claims         Claims `json:"claims"`
	Contradictions struct {
		// Contradictions are statements of a declaration that cannot all be true, or hardly are.
		Contradictions []Contradiction `json:"contradictions"`
	} `json:"contradictions"`
	// Goals maps the ID of a goal (`G-01`) to the goal. Only documentation and tests read it.
	Goals    map[string]Goal `json:"goals"`
	Licenses struct {
		// Uses maps each clause of licenses (`shareAlike`) to combinations of uses. The uses of one combination together trigger the clause.
		Uses map[string][][]string `json:"uses"`
		// Licenses maps the name of a group of licenses to the group.
		Licenses map[string]LicenseGroup `json:"licences"`
		// Exceptions maps an SPDX exception to the level to which it weakens the copyleft of a license.
		Exceptions map[string]string `json:"exceptions"`
	} `json:"licences"`
}

// Claims are the words, by language and kind, with which a text says who answers and whether answers count. Unspaced are the languages
// whose script has no spaces between words. Joined are, by language, the short words that are written together with the next one, as a
// pattern.
type Claims struct {
	Languages map[string]map[string][]string `json:"languages"`
	Joined    map[string]string              `json:"joined"`
	Unspaced  []string                       `json:"unspaced"`
}

// Categories are the words for personal data in declarations besides the sensitive categories of law: those that make no difference in law,
// and other words for sensitive ones.
type Categories struct {
	Ordinary []string          `json:"ordinary"`
	Also     map[string]string `json:"also"`
}

// Role describes those whom the law calls by one name.
type Role struct {
	// About says to people who has the role; Source is the provision that defines it, as text, and URL its address.
	About  string `json:"about"`
	Source string `json:"source"`
	URL    string `json:"url"`
	// Sectors and Purposes are those of which a declaration has one if the deployer has the role. Both are empty for roles of any sector.
	Sectors  []string `json:"sectors"`
	Purposes []string `json:"purposes"`
}

// Enterprises are the size classes of enterprises, the smallest first. An enterprise belongs to the first class whose limits it keeps.
type Enterprises struct {
	Source  string            `json:"source"`
	URL     string            `json:"url"`
	Classes []EnterpriseClass `json:"classes"`
	// Worth maps a currency to what a unit of it is worth in euros, at least and at most, whatever the day; `other` is for those that are not
	// listed.
	Worth map[string][2]json.Number `json:"worth"`
}

// EnterpriseClass is one size class of enterprises with its limits: fewer staff than Staff, and a turnover of at most Turnover euros. The
// last class has no limits.
type EnterpriseClass struct {
	Name     string      `json:"name"`
	Staff    json.Number `json:"staff"`
	Turnover json.Number `json:"turnover"`
}

// LicenseGroup is a group of licenses with the same permissions and duties. Validation refuses a group that leaves out a permission or a
// duty, so these members are pointers, which distinguish false from unset.
type LicenseGroup struct {
	// Source is the address where the permissions and duties were read: the text of one of the licenses, or a page about them.
	Source string `json:"source"`
	// IDs are the SPDX identifiers of the licenses. A license without one has the name that expressions write as `LicenseRef-<name>`.
	IDs []string `json:"ids"`
	// Commercial and Derivatives are true if commercial use, and use of adapted versions, are permitted.
	Commercial  *bool `json:"commercial"`
	Derivatives *bool `json:"derivatives"`
	// Copyleft says what must stay under the license: `none` is nothing, `weak` the licensed files, `strong` the whole work, and `network` the
	// whole work even if it is only offered over a network.
	Copyleft string `json:"copyleft"`
	// ShareAlike is true if adapted material must stay under the license.
	ShareAlike *bool `json:"shareAlike"`
	// UseRestrictions is true if recipients and users must be bound by restrictions of the use.
	UseRestrictions *bool `json:"useRestrictions"`
	// Attribution is true if the authors must be named.
	Attribution *bool `json:"attribution"`
}

// Goal is one thing that Chaperone owes its users, and the means that achieve it. Rules that serve a goal are not listed here: they name
// the goal in `custom.covers` of their METADATA.
type Goal struct {
	Theme string `json:"theme"`
	// Text is the goal as a sentence.
	Text string `json:"goal"`
	// Dimensions are the names of the dimensions of the law that serve the goal.
	Dimensions []string `json:"dimensions"`
	// SidecarKinds are the kinds of obligations that serve the goal. Of these, the sidecar carries out only what has the type
	// obligation.Executed.
	SidecarKinds []string `json:"runtime"`
	// WorkloadControl is what Chaperone does with pods, and what pods may do.
	WorkloadControl string `json:"workload"`
	// Evidence is what can be shown later, such as in an audit, to prove that the goal was met.
	Evidence string `json:"evidence"`
	// Output is what findings, the status or the command line show for the goal.
	Output string `json:"answer"`
	// OpenPart is what Chaperone does not achieve yet; empty if it achieves the whole goal.
	OpenPart string `json:"later"`
}

// Dimension defines one dimension: its type, the values that it may have, and who or what meets its requirements.
type Dimension struct {
	// Type determines the form of values, and how they are compared and merged: `flag`, `level`, `atMost`, …
	Type string `json:"type"`
	// Levels are the values that a dimension of type `level` may have, the weakest first.
	Levels []string `json:"levels"`
	// Values are the words that may be in a value of a list type; empty if any word may.
	Values []string `json:"values"`
	// Keys are the keys that a value may have if Type is `each`, `eachAtLeast` or `eachAtMost`: such a value maps keys to numbers.
	Keys []string `json:"keys"`
	// Implies maps a word of a declaration to the words of Values that it stands for too.
	Implies map[string][]string `json:"implies"`
	// Unit is the unit of the numbers in a value; empty for types without numbers.
	Unit string `json:"unit"`
	// Field is the path below spec that states the dimension; `-` if a declaration cannot state it.
	Field string `json:"field"`
	// CarriedBy is what carries the dimension out: `declaration` (a rule checks what the declaration states), `workload` (rules about pods, or
	// the injection), `sidecar:` and a kind of obligation (the sidecar carries it out if its field has the type obligation.Executed, and
	// otherwise only people can), or `report` (nothing: people only read about it).
	CarriedBy string `json:"carried"`
	// Action is what a finding does: `deny`, `warn` or `audit`. Party is who must act.
	Action string `json:"action"`
	Party  string `json:"party"`
	// Ours is `audit` if a finding that rests on values of ours alone is only a remark, where something was stated.
	Ours string `json:"ours"`
	// Practice is true if an answer can state a practice, and not only a duty that is left out. A reason why the dimension does not apply
	// says nothing about it.
	Practice bool `json:"practice"`
	// PerPlace is true if a declaration can state a value for each place.
	PerPlace bool `json:"perPlace"`
	// Split is true if what a declaration states can be wrong for one of its places and right for another, so that it helps to split it.
	Split bool `json:"split"`
	// Partial is true if a declaration states only the keys that concern it, so that the others are not judged. Otherwise a key that the law
	// names and the declaration does not state is a finding.
	Partial bool `json:"partial"`
	// About describes the dimension to people.
	About string `json:"about"`
}

// Document is the law of one jurisdiction or sector.
type Document struct {
	Code string `json:"code"`
	// Kind is `jurisdiction` or `sector`.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Parent is the code whose law applies too; empty if there is none.
	Parent string `json:"parent"`
	// Checked is the day of the last comparison with the sources (ISO date).
	Checked string `json:"checked"`
	// NotCovered says in phrases what law of the place or sector is known to be missing here.
	NotCovered []string `json:"notCovered"`
	// Acts are the sources, by the keys with which points refer to them.
	Acts   map[string]Act `json:"acts"`
	Points []Point        `json:"points"`
}

// Act is a statute, regulation, decision or guideline.
type Act struct {
	Title string `json:"title"`
	// Cite is the citation.
	Cite string `json:"cite"`
	// URL is the official address. ReadAt is another address where the act was read; empty if it was read at URL, or not at all.
	URL    string `json:"url"`
	ReadAt string `json:"readAt"`
	// Status is `in-force`, `adopted`, `proposed`, `guidance` or `case`.
	Status string `json:"status"`
	// Force is `regulation` for secondary legislation, `scheme` for rules that bind by contract, and `voluntary` for what nobody has to
	// follow. It is empty for statutes, and for rulings and guidance, which are told by their status.
	Force string `json:"force"`
	// NotIn are codes below that of the document in which the act is not law.
	NotIn []string `json:"notIn"`
}

// Point is a value of a dimension, with its source and the conditions under which it applies.
type Point struct {
	Dimension string `json:"dimension"`
	Value     any    `json:"value"`
	// Act is a key of Document.Acts.
	Act     string `json:"act"`
	Article string `json:"article"`
	// From and Until are ISO dates, inclusive; empty means no limit.
	From  string `json:"from"`
	Until string `json:"until"`
	// When maps conditions to their values. All must hold.
	When map[string]any `json:"when"`
	// Jurisdictions restricts the point to chatbots that also serve one of these jurisdictions.
	Jurisdictions []string `json:"jurisdictions"`
	// Direct is true for a point that applies only if the declaration names the code of the document itself. Any other point also applies if
	// the declaration names a child of that code.
	Direct *bool `json:"direct"`
	// AppliesBy is what brings a chatbot under the point: `customer` or empty for people in the place, `establishment` for a deployer that is
	// established there, `processing` for data that is stored or processed there.
	AppliesBy string `json:"appliesBy"`
	// Confidence is `sourced`, `recalled` or `default`.
	Confidence string `json:"confidence"`
	// ReadAt is the address where the value was read; empty if it was read at an address of the act, or not read (`recalled`).
	ReadAt string `json:"readAt"`
	Note   string `json:"note"`
}

// Decode decodes and validates the legal data of a bundle. The error lists every fault with its place.
func Decode(documents map[string]any) (Data, error) {
	data, err := decode(documents)
	if err != nil {
		return Data{}, err
	}
	return data, validate(&data)
}

// decode converts the documents, which are decoded YAML, to Data through JSON. It returns an error for a member that Data does not have.
func decode(documents map[string]any) (Data, error) {
	content, err := json.Marshal(documents)
	if err != nil {
		return Data{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	var data Data
	if err := decoder.Decode(&data); err != nil {
		return Data{}, err
	}
	if len(data.Jurisdictions) == 0 || len(data.Sectors) == 0 || len(data.Dimensions.Dimensions) == 0 {
		return Data{}, fmt.Errorf("dimensions, jurisdictions and sectors must not be empty")
	}
	return data, nil
}

// Codes returns the codes of all jurisdictions and sectors, sorted.
func (d *Data) Codes() policy.Codes {
	return policy.Codes{
		Jurisdictions: slices.Sorted(maps.Keys(d.Jurisdictions)),
		Sectors:       slices.Sorted(maps.Keys(d.Sectors)),
	}
}

// Parents maps each code to its parent, and a code without a parent to "".
func (d *Data) Parents() map[string]string {
	parents := make(map[string]string, len(d.Jurisdictions)+len(d.Sectors))
	for _, documents := range []map[string]Document{d.Jurisdictions, d.Sectors} {
		for code, document := range documents {
			parents[code] = document.Parent
		}
	}
	return parents
}
