package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// legalData is the shape of the data of a bundle. Decoding is strict: what is not listed here is a fault.
type legalData struct {
	Dimensions struct {
		Dimensions map[string]dimension `json:"dimensions"`
	} `json:"dimensions"`
	Jurisdictions map[string]document `json:"jurisdictions"`
	Sectors       map[string]document `json:"sectors"`
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
		// Answers are fields of dimensions that need an answer although the sidecar carries them out.
		Answers []string `json:"answers"`
	} `json:"facts"`
	Statements struct {
		Statements map[string]string `json:"statements"`
		// Macrolanguages maps an individual language to the one by which law names it.
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
		// LIXOfLongWords is for the languages of LongWords.
		LIXOfLongWords     int      `json:"lixOfLongWords"`
		LongWords          []string `json:"longWords"`
		FewWords           int      `json:"fewWords"`
		SentenceCharacters int      `json:"sentenceCharacters"`
	} `json:"readability"`
	// Goals maps the id of a goal to what carries it. No decision reads it: it is what the bundle claims to cover.
	Goals    map[string]goal `json:"goals"`
	Licences struct {
		// Uses are what together brings each duty about; one list is enough.
		Uses     map[string][][]string   `json:"uses"`
		Licences map[string]licenceGroup `json:"licences"`
		// Exceptions weaken the copyleft of a licence to a level.
		Exceptions map[string]string `json:"exceptions"`
	} `json:"licences"`
}

// licenceGroup is what licences of one kind ask for. Nothing is left out: a duty that nobody thought of is not the same as none.
type licenceGroup struct {
	Source          string   `json:"source"`
	IDs             []string `json:"ids"`
	Commercial      *bool    `json:"commercial"`
	Derivatives     *bool    `json:"derivatives"`
	Copyleft        string   `json:"copyleft"`
	ShareAlike      *bool    `json:"shareAlike"`
	UseRestrictions *bool    `json:"useRestrictions"`
	Attribution     *bool    `json:"attribution"`
}

// goal is one thing that Chaperone owes its users, and what carries it beside the rules that name it (custom.covers).
type goal struct {
	Theme      string   `json:"theme"`
	Goal       string   `json:"goal"`
	Dimensions []string `json:"dimensions"`
	Runtime    []string `json:"runtime"`
	Workload   string   `json:"workload"`
	Evidence   string   `json:"evidence"`
	Answer     string   `json:"answer"`
	// Later is what of the goal is not done; it carries nothing.
	Later string `json:"later"`
}

// dimension is one entry of the closed vocabulary.
type dimension struct {
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

// document is the law of one jurisdiction or sector.
type document struct {
	Code    string         `json:"code"`
	Kind    string         `json:"kind"`
	Name    string         `json:"name"`
	Parent  string         `json:"parent"`
	Checked string         `json:"checked"`
	Acts    map[string]act `json:"acts"`
	Points  []point        `json:"points"`
}

// act is one source.
type act struct {
	Title  string `json:"title"`
	Cite   string `json:"cite"`
	URL    string `json:"url"`
	ReadAt string `json:"readAt"`
	Status string `json:"status"`
}

// point is one legal point: a value of a dimension, where it stands, and when it applies.
type point struct {
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

func decodeLaw(law map[string]any) (legalData, error) {
	content, err := json.Marshal(law)
	if err != nil {
		return legalData{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	var data legalData
	if err := decoder.Decode(&data); err != nil {
		return legalData{}, err
	}
	if len(data.Jurisdictions) == 0 || len(data.Sectors) == 0 || len(data.Dimensions.Dimensions) == 0 {
		return legalData{}, fmt.Errorf("dimensions, jurisdictions and sectors must not be empty")
	}
	return data, nil
}

func (l *legalData) codes() policy.Codes {
	return policy.Codes{
		Jurisdictions: slices.Sorted(maps.Keys(l.Jurisdictions)),
		Sectors:       slices.Sorted(maps.Keys(l.Sectors)),
	}
}

// parents maps every code to the one above it; empty at the top.
func (l *legalData) parents() map[string]string {
	parents := make(map[string]string, len(l.Jurisdictions)+len(l.Sectors))
	for _, documents := range []map[string]document{l.Jurisdictions, l.Sectors} {
		for code, d := range documents {
			parents[code] = d.Parent
		}
	}
	return parents
}
