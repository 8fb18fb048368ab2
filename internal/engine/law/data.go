package law

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Data is the legal data of a bundle, one member for each file or folder below `data`. A member that is not listed here is a fault.
type Data struct {
	Dimensions struct {
		Dimensions map[string]Dimension `json:"dimensions"`
	} `json:"dimensions"`
	Jurisdictions map[string]Document `json:"jurisdictions"`
	Sectors       map[string]Document `json:"sectors"`
	Places        struct {
		Groups      map[string][]string `json:"groups"`
		Territories map[string]string   `json:"territories"`
	} `json:"places"`
	// Remedies maps the name of a dimension to a sentence for people.
	Remedies map[string]string `json:"remedies"`
	// Regions maps the name of a cloud's region to its country.
	Regions map[string]string `json:"regions"`
	Facts   struct {
		AdultAge json.Number       `json:"adultAge"`
		Fields   map[string]string `json:"fields"`
		// Answers are fields of dimensions that the declaration must answer although the sidecar carries them out.
		Answers []string `json:"answers"`
	} `json:"facts"`
	Statements struct {
		Statements map[string]string `json:"statements"`
		// Macrolanguages maps an individual language to the language by which the law names it.
		Macrolanguages map[string]string `json:"macrolanguages"`
	} `json:"statements"`
	Workload struct {
		ReservedPrefix       string                      `json:"reservedPrefix"`
		ReservedPorts        struct{ First, Last int32 } `json:"reservedPorts"`
		KeyPrefix            string                      `json:"keyPrefix"`
		Labels               []string                    `json:"labels"`
		Annotations          []string                    `json:"annotations"`
		CredentialNames      string                      `json:"credentialNames"`
		CredentialReferences string                      `json:"credentialReferences"`
		ChatAPIs             []string                    `json:"chatAPIs"`
	} `json:"workload"`
	Readability struct {
		Source struct{ Title, URL string } `json:"source"`
		// Length maps a field to the most words, and to the most characters in scripts that write no spaces.
		Length map[string]struct{ Words, Characters int } `json:"length"`
		LIX    int                                        `json:"lix"`
		// LIXOfLongWords is the bound for the languages that LongWords lists.
		LIXOfLongWords     int      `json:"lixOfLongWords"`
		LongWords          []string `json:"longWords"`
		FewWords           int      `json:"fewWords"`
		SentenceCharacters int      `json:"sentenceCharacters"`
	} `json:"readability"`
	// Goals maps the id of a goal to what carries it: what the bundle claims to cover. No decision reads it.
	Goals    map[string]Goal `json:"goals"`
	Licenses struct {
		// Uses maps a duty to lists of uses. All uses of one list together bring the duty about.
		Uses     map[string][][]string   `json:"uses"`
		Licenses map[string]LicenseGroup `json:"licences"`
		// Exceptions maps an SPDX exception to the level to which it weakens a copyleft.
		Exceptions map[string]string `json:"exceptions"`
	} `json:"licences"`
}

// LicenseGroup is what licenses of one kind ask for. Each member must be stated: an unstated duty is not the absence of one.
type LicenseGroup struct {
	Source          string   `json:"source"`
	IDs             []string `json:"ids"`
	Commercial      *bool    `json:"commercial"`
	Derivatives     *bool    `json:"derivatives"`
	Copyleft        string   `json:"copyleft"`
	ShareAlike      *bool    `json:"shareAlike"`
	UseRestrictions *bool    `json:"useRestrictions"`
	Attribution     *bool    `json:"attribution"`
}

// Goal is one thing that Chaperone owes its users, and what carries it besides the rules that name it (custom.covers).
type Goal struct {
	Theme      string   `json:"theme"`
	Goal       string   `json:"goal"`
	Dimensions []string `json:"dimensions"`
	Runtime    []string `json:"runtime"`
	Workload   string   `json:"workload"`
	Evidence   string   `json:"evidence"`
	Answer     string   `json:"answer"`
	// Later is the part of the goal that is still open. It carries nothing.
	Later string `json:"later"`
}

// Dimension is one entry of the closed vocabulary.
type Dimension struct {
	Type    string   `json:"type"`
	Levels  []string `json:"levels"`
	Values  []string `json:"values"`
	Keys    []string `json:"keys"`
	Unit    string   `json:"unit"`
	Field   string   `json:"field"`
	Carried string   `json:"carried"`
	Action  string   `json:"action"`
	Party   string   `json:"party"`
	About   string   `json:"about"`
}

// Document is the law of one jurisdiction or sector.
type Document struct {
	Code    string         `json:"code"`
	Kind    string         `json:"kind"`
	Name    string         `json:"name"`
	Parent  string         `json:"parent"`
	Checked string         `json:"checked"`
	Acts    map[string]Act `json:"acts"`
	Points  []Point        `json:"points"`
}

// Act is one source: a statute, a case, a guideline.
type Act struct {
	Title  string `json:"title"`
	Cite   string `json:"cite"`
	URL    string `json:"url"`
	ReadAt string `json:"readAt"`
	Status string `json:"status"`
}

// Point is one legal point: a value of a Dimension, where it stands, and when it applies.
type Point struct {
	Dimension     string         `json:"dimension"`
	Value         any            `json:"value"`
	Act           string         `json:"act"`
	Article       string         `json:"article"`
	From          string         `json:"from"`
	Until         string         `json:"until"`
	When          map[string]any `json:"when"`
	Jurisdictions []string       `json:"jurisdictions"`
	Direct        *bool          `json:"direct"`
	Confidence    string         `json:"confidence"`
	ReadAt        string         `json:"readAt"`
	Note          string         `json:"note"`
}

// Decode decodes the data of a bundle strictly and validates it. The error lists every fault with its place.
func Decode(documents map[string]any) (Data, error) {
	data, err := decode(documents)
	if err != nil {
		return Data{}, err
	}
	return data, validate(&data)
}

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

// Parents maps every code to the code above it; empty at the top.
func (d *Data) Parents() map[string]string {
	parents := make(map[string]string, len(d.Jurisdictions)+len(d.Sectors))
	for _, documents := range []map[string]Document{d.Jurisdictions, d.Sectors} {
		for code, document := range documents {
			parents[code] = document.Parent
		}
	}
	return parents
}
