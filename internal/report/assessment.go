package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxShownPlaces bounds the places that the text report lists for a cause. The JSON report has all of them.
const maxShownPlaces = 12

// Assessment is what is known of the chatbots in an input before anyone has declared them. Its JSON form is documented in docs/assess.md.
// No list in it is null.
type Assessment struct {
	Chatbots []AssessedChatbot `json:"chatbots"`
	Causes   []Cause           `json:"causes"`
	// NotAssessed are objects that could be or belong to chatbots, but are not assessed.
	NotAssessed []NotAssessed `json:"notAssessed"`
	// NotRecognized are the workloads that were looked at and are not taken for chatbots.
	NotRecognized []ObjectName `json:"notRecognized"`
	// NotJudged has the number of objects by kind that an assessment does not read.
	NotJudged map[string]int `json:"notJudged"`
	Errors    []Problem      `json:"errors,omitempty"`
}

// ObjectName identifies an object.
type ObjectName struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// String returns `Deployment shop/bot`.
func (o ObjectName) String() string {
	return clean(o.Kind) + " " + clean(o.Namespace) + "/" + clean(o.Name)
}

// AssessedChatbot is a workload that was recognized as a chatbot, or as a model server or gateway that chatbots call.
type AssessedChatbot struct {
	ObjectName
	Container string `json:"container"`
	// Product and Title name the product; both are empty if it is not known.
	Product string `json:"product"`
	Title   string `json:"title"`
	// Role is chatbot, model-server, gateway or tool-server.
	Role string `json:"role"`
	// Sure says how sure product and role are: A recognized by the image, B by the command or by variables of the product, C guessed.
	Sure string `json:"sure"`
	// Signs are what it was recognized by.
	Signs []string `json:"signs"`
	// Shape is the wire format of the product; empty if it is not known. IsRead is true if the sidecar of this version reads it.
	Shape  string `json:"shape"`
	IsRead bool   `json:"isRead"`
	// Port is the number of the port on which it listens, 0 if it is not known. PortName is the name that a declaration refers to; empty if
	// nothing shows that it has a port.
	Port     int32  `json:"port"`
	PortName string `json:"portName"`
	// Declaration is the name of the ChatbotDeployment of the input that governs it; empty if there is none.
	Declaration string `json:"declaration"`
	// CalledBy are the workloads of the input that call it as a model server or gateway, such as `Deployment shop/bot`.
	CalledBy []string    `json:"calledBy"`
	Models   []ModelCall `json:"models"`
	// Unseen are the reasons why there may be model calls that no manifest shows.
	Unseen []string `json:"unseen"`
}

// NotAssessed is an object that could be or belong to a chatbot, but is not assessed.
type NotAssessed struct {
	ObjectName
	// Reason says why, and what to do. It continues a sentence that begins with the object.
	Reason string `json:"reason"`
}

// ModelCall is a call of a model that the manifest shows.
type ModelCall struct {
	// Variable is the environment variable with the URL, or with the credential if there is no URL and the client calls the default host.
	Variable string `json:"variable"`
	Service  string `json:"service"`
	// Shape is the wire format of the service; empty if it is not known.
	Shape     string `json:"shape"`
	IsDefault bool   `json:"isDefault"`
	// IsOpen is true if another URL of the container may lead to the model, so that only people know whether the default host is called.
	IsOpen bool `json:"isOpen"`
	// Host is the host that is called, with its port; empty if the manifest does not say it.
	Host string `json:"host"`
	// Sure is how sure it is that clients read the variable so: A, B or C.
	Sure string `json:"sure"`
}

// Cause is one reason for findings, with one remedy. Several rules may find the same cause.
type Cause struct {
	Rules []string `json:"rules"`
	// Group is effect, if the governance of the chatbot rests on the rules, or hygiene.
	Group policy.Group `json:"group"`
	// Action is the action of the findings; findings with different actions have different causes.
	Action policy.Action `json:"action"`
	Remedy string        `json:"remedy"`
	// Repair says what mends it: patch (`assess -o patch`) or people.
	Repair string       `json:"repair"`
	Places []CausePlace `json:"places"`
}

// CausePlace is a field with the cause.
type CausePlace struct {
	ObjectName
	Rule     string `json:"rule"`
	Field    string `json:"field"`
	Found    any    `json:"found"`
	Required any    `json:"required"`
}

// WriteAssessmentJSON writes the assessment as one indented JSON document.
func WriteAssessmentJSON(w io.Writer, a Assessment) error {
	return EncodeIndented(w, a)
}

// sureLegend says what the degrees of sureness mean.
const sureLegend = "Sure: A by the image of a product, or by a variable, whose source code was read; B by a command or a variable, or where only " +
	"the documentation was read; C a guess."

// WriteAssessmentText writes the assessment for people: what was recognized and what was not, then the causes of findings in their order,
// those of the group hygiene last, and the number of objects that were not judged.
func WriteAssessmentText(w io.Writer, a Assessment) error {
	var b strings.Builder
	writeRecognized(&b, a)
	for i, cause := range a.Causes {
		isFirst := i == 0 || a.Causes[i-1].Group != cause.Group
		if isFirst && cause.Group == policy.GroupHygiene {
			WriteParagraph(&b, "", "Hygiene, on which the governance does not rest:")
			b.WriteString("\n")
		}
		writeCause(&b, cause)
		b.WriteString("\n")
	}
	if len(a.Causes) == 0 && len(a.Errors) == 0 {
		b.WriteString("Nothing in these manifests keeps the chatbots from being governed.\n\n")
	}
	if line := CountKinds(a.NotJudged); line != "" {
		WriteParagraph(&b, "", line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeRecognized writes what was recognized, what is not assessed, and what was not taken for a chatbot.
func writeRecognized(b *strings.Builder, a Assessment) {
	for _, chatbot := range a.Chatbots {
		writeChatbot(b, chatbot)
		b.WriteString("\n")
	}
	if len(a.Chatbots) > 0 {
		WriteParagraph(b, "", sureLegend)
		b.WriteString("\n")
	}
	for _, o := range a.NotAssessed {
		WriteParagraph(b, "", o.String()+" "+clean(o.Reason)+".")
		b.WriteString("\n")
	}
	var names []string
	for i, o := range a.NotRecognized {
		if i == maxShownPlaces {
			names = append(names, formatMore("and %d more", len(a.NotRecognized)-i))
			break
		}
		names = append(names, o.String())
	}
	if len(names) > 0 {
		WriteParagraph(b, "", "Looked at and not taken for chatbots: "+strings.Join(names, ", ")+". If one is a chatbot, name it with `--include KIND/NAME`.")
		b.WriteString("\n")
	}
}

// writeCause writes a cause: its action and rules, the remedy, and the places.
func writeCause(b *strings.Builder, cause Cause) {
	repair := ""
	if cause.Repair == "patch" {
		repair = "`-o patch` repairs this. "
	}
	WriteParagraph(b, string(cause.Action)+": ", strings.Join(cause.Rules, ", ")+": "+repair+clean(cause.Remedy))
	for i, place := range cause.Places {
		// Show one place more rather than the line "and 1 more place", which would take the same space.
		if i == maxShownPlaces && len(cause.Places) > maxShownPlaces+1 {
			WriteParagraph(b, "  - ", formatMore("and %d more place", len(cause.Places)-i)+": `-o json` lists all")
			return
		}
		WriteParagraph(b, "  - ", fmt.Sprintf("%s: %s is %s", place.ObjectName, clean(place.Field), formatValue(place.Found, textBounds().found)))
	}
}

// writeChatbot writes what is known of a chatbot.
func writeChatbot(b *strings.Builder, c AssessedChatbot) {
	WriteParagraph(b, "", fmt.Sprintf("%s: %s, by %s (sure: %s)", c.ObjectName, describeRole(c), clean(strings.Join(c.Signs, " and ")), c.Sure))
	port := "no port is known"
	if c.Port != 0 {
		port = fmt.Sprintf("port %d", c.Port)
	}
	switch {
	case c.PortName == "":
		port += ", so that the sidecar can read only what it sends to models and to messaging services. If people reach it by a port, declare that " +
			"port in its manifest"
	case c.Shape == "":
		port += ", wire format not known: the declaration has to name one (`kubectl chaperone shapes` lists them). If you do not know which, " +
			"declare openai-chat under `enforcement: Audit`, and `kubectl chaperone observe` says which one fits"
	case c.IsRead:
		port += ", wire format " + clean(c.Shape)
	default:
		port += ", wire format " + clean(c.Shape) + ", which the sidecar of this version does not read: start with `enforcement: Audit`"
	}
	WriteParagraph(b, "  ", port+".")
	for _, call := range c.Models {
		WriteParagraph(b, "  ", describeCall(call))
	}
	for _, reason := range c.Unseen {
		WriteParagraph(b, "  ", "Model calls that no manifest shows: "+clean(reason)+".")
	}
	if len(c.CalledBy) > 0 {
		WriteParagraph(b, "  ", clean(strings.Join(c.CalledBy, " and "))+" calls it: it is a processor there, and needs no declaration of its own.")
	}
	if c.Declaration != "" {
		WriteParagraph(b, "  ", "ChatbotDeployment "+clean(c.Declaration)+" governs it already: run `kubectl chaperone check`.")
	}
}

// describeRole returns the product and its role: `Flowise, a chatbot`.
func describeRole(c AssessedChatbot) string {
	role := map[string]string{"chatbot": "a chatbot", "model-server": "a model server", "gateway": "a gateway to models",
		"tool-server": "a server of tools"}[c.Role]
	switch {
	case c.Title == "":
		return "perhaps " + role
	case c.Sure == "C": // Guessed.
		return "perhaps " + clean(c.Title) + ", " + role
	}
	return clean(c.Title) + ", " + role
}

// describeCall returns a sentence about a model call.
func describeCall(call ModelCall) string {
	host := cmp.Or(clean(call.Host), "a host that the manifest does not say")
	switch {
	case call.IsOpen:
		return fmt.Sprintf("It may call %s, the default of %s, because %s is set (sure: %s).", host, clean(call.Service), clean(call.Variable), call.Sure)
	case call.IsDefault && call.Host == "":
		return fmt.Sprintf("It calls %s at a host that the manifest does not say, because %s is set (sure: %s).", clean(call.Service), clean(call.Variable), call.Sure)
	case call.IsDefault:
		return fmt.Sprintf("It calls %s, the default of %s, because %s is set and no URL is (sure: %s).",
			host, clean(call.Service), clean(call.Variable), call.Sure)
	}
	return fmt.Sprintf("It calls %s, named in %s (%s, sure: %s).", host, clean(call.Variable), clean(call.Service), call.Sure)
}

// CountKinds returns one sentence about objects that are not judged, by kind: `3 objects of other kinds are not judged: ConfigMap (2),
// Secret (1).` It returns "" if there are none.
func CountKinds(kinds map[string]int) string {
	total := 0
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		total += kinds[kind]
		parts = append(parts, fmt.Sprintf("%s (%d)", clean(kind), kinds[kind]))
	}
	switch total {
	case 0:
		return ""
	case 1:
		return "1 object of another kind is not judged: " + parts[0] + "."
	}
	return fmt.Sprintf("%d objects of other kinds are not judged: %s.", total, strings.Join(parts, ", "))
}
