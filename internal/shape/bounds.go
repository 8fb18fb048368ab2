package shape

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Everyone who may write a declaration can bring a shape, and the webhook of the operator loads it. These bounds keep the work in
// proportion to the size of the document. The shapes that Chaperone brings stay below half of each.
const (
	// maxRoutes bounds the routes of a shape, whose names are labels of metrics.
	maxRoutes = 50
	// maxPaths bounds the paths of a route, and maxAllPaths those of all routes, each of which is compared with all others.
	maxPaths    = 25
	maxAllPaths = 200
	// maxPlaces is the largest number of selectors in a document.
	maxPlaces = 400
	// maxSteps bounds the steps of a selector.
	maxSteps = 48
	// maxText bounds the bytes of all paths, conditions and selectors, after values stand in place of parameters and selectors in place of lists of cases.
	maxText = 128 << 10
	// maxDocument bounds the bytes of a document, with texts for people and examples: the operator keeps documents in memory.
	maxDocument = 256 << 10
	// maxNesting bounds the objects and lists of a shape that contain each other.
	maxNesting = 32
)

// CheckNesting returns an error if the objects and lists of a JSON document contain each other more often than those of any shape do. It
// reads the document once, and decodes nothing.
func CheckNesting(document []byte) error {
	depth, isText := 0, false
	for i := 0; i < len(document); i++ {
		switch c := document[i]; {
		case isText && c == '\\':
			i++
		case c == '"':
			isText = !isText
		case !isText:
			depth += countOpened(c)
		}
		if depth > maxNesting {
			return fmt.Errorf("more than %d objects and lists contain each other at byte %d: remove what is no key of a shape", maxNesting, i)
		}
	}
	return nil
}

// countOpened returns by how many objects and lists the next byte is deeper.
func countOpened(c byte) int {
	switch c {
	case '{', '[':
		return 1
	case '}', ']':
		return -1
	}
	return 0
}

// expansion puts the values of parameters into texts, up to maxText bytes.
type expansion struct {
	values map[string]string
	size   int
}

// expand returns the text with the values in place of the variables. Variables without a value stay, and are faults. Beyond maxText bytes
// all texts stay as they are.
func (e *expansion) expand(text string) string {
	e.size += len(text)
	for _, at := range variable.FindAllStringSubmatchIndex(text, -1) {
		e.size += len(e.values[text[at[2]:at[3]]])
	}
	if e.isFull() {
		return text
	}
	return variable.ReplaceAllStringFunc(text, func(use string) string {
		if value, exists := e.values[use[2:len(use)-1]]; exists {
			return value
		}
		return use
	})
}

// isFull reports whether the texts are larger than a shape may be.
func (e *expansion) isFull() bool { return e.size > maxText }

// errTooLarge is the fault of a shape with too much text.
var errTooLarge = fmt.Errorf("its paths, conditions and selectors have more than %d bytes after the values of parameters are put in. "+
	"Use fewer or shorter ones, and shorter values", maxText)

// caseList matches a step with several texts, such as [type=a|b].
var caseList = regexp.MustCompile(`\[([A-Za-z_][A-Za-z0-9_-]*)=([A-Za-z0-9_.:/-]+(?:\|[A-Za-z0-9_.:/-]+)+)\]`)

// errTooManyCases is the fault of a selector that lists too many cases.
var errTooManyCases = errors.New("shape: a selector stands for too many cases: list fewer texts in it")

// listCases returns the selectors that a selector with steps such as [type=a|b] stands for: in this example one for a and one for b. It
// returns an error if they are more than a shape may have.
func listCases(selector string) ([]string, error) {
	count := 1
	for _, match := range caseList.FindAllStringSubmatch(selector, -1) {
		count *= 1 + strings.Count(match[2], "|")
		if count > maxPlaces || count*len(selector) > maxText {
			return nil, errTooManyCases
		}
	}
	return expandCases(selector), nil
}

// expandCases returns the selectors of listCases, of which there are few.
func expandCases(selector string) []string {
	at := caseList.FindStringSubmatchIndex(selector)
	if at == nil {
		return []string{selector}
	}
	var list []string
	for text := range strings.SplitSeq(selector[at[4]:at[5]], "|") {
		list = append(list, expandCases(selector[:at[0]]+"["+selector[at[2]:at[3]]+"="+text+"]"+selector[at[1]:])...)
	}
	return list
}

// toJSON returns the document of a shape, which is YAML or JSON, as JSON. Before anything decodes it, it refuses what is too large, and JSON that nests too
// deeply.
func toJSON(document []byte) ([]byte, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("the document has %d bytes, at most %d are read: remove or shorten texts and examples", len(document), maxDocument)
	}
	if json.Valid(document) {
		if err := CheckNesting(document); err != nil {
			return nil, err
		}
	}
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	return data, CheckNesting(data)
}
