package assess

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/blank"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// Formats has the shapes that the sidecar reads by their names, such as `openai-chat`.
type Formats map[string]*shape.Shape

// anyFormat is the wire format with which a chatbot is reviewed whose own the sidecar does not read: a declaration has to name one. The
// draft leaves it blank.
const anyFormat = string(v1alpha1.ShapeOpenAIChat)

// redactProposal is the part of a draft that proposes what to redact: data that support needs in few chats and that does harm in many
// hands. People give their e-mail address and telephone number so that an order can be found, so these two are left to people.
const redactProposal = "    redact: [payment-card, iban] # A proposal: the sidecar replaces these before the model reads them. It can find email and phone too;\n" +
	"                                 # add them unless the chatbot looks up orders by them. [] redacts nothing but what the law requires.\n"

// The API bounds the name of a processor by maxNameBytes, and that of a declaration by maxDeclarationBytes.
const (
	maxNameBytes        = 63
	maxDeclarationBytes = 52
)

// Name returns the name of the draft for the chatbot: that of the workload as far as a declaration can have it, without the dots that the
// names of some workloads have, and without the hyphen at the end of a generateName.
func (c Chatbot) Name() string {
	name := strings.ReplaceAll(c.Workload.Name, ".", "-")
	return strings.TrimRight(name[:min(len(name), maxDeclarationBytes)], "-")
}

// IsRead reports whether the sidecar reads the wire format of the product.
func (c Chatbot) IsRead() bool { return c.formats[c.Shape()] != nil }

// chooseFormat returns the wire format with which the chatbot is reviewed.
func (c Chatbot) chooseFormat() string {
	if c.IsRead() {
		return c.Shape()
	}
	return anyFormat
}

// Shape returns the wire format of the product, or of the messaging service whose bot it is; "" if neither is known.
func (c Chatbot) Shape() string {
	switch {
	case c.Match.Product != nil:
		return c.Match.Product.Shape
	case c.bot != nil:
		return c.bot.Service.Shape
	}
	return ""
}

// listProcessors returns the processors of the draft: one for each host that the chatbot calls, or one without a host for the model that it
// runs or calls somewhere. There is always one, because laws ask whether conversations train models.
func (c Chatbot) listProcessors() []v1alpha1.Processor {
	var processors []v1alpha1.Processor
	taken := map[string]bool{}
	for _, call := range c.Models {
		isListed := slices.ContainsFunc(processors, func(p v1alpha1.Processor) bool { return p.Host == call.Host })
		isReply := c.bot != nil && call.Shape == c.bot.Service.Shape // Without it, what the bot says would leave ungoverned.
		if isListed || call.IsOpen || call.Host == "" && !isReply {  // Only people know whether an open host is called.
			continue
		}
		name := nameProcessor(call.Host)
		if isReply {
			name = c.bot.Service.Name // docs/messaging.md shows the addresses with these names.
		}
		if taken[name] {
			name = fmt.Sprintf("model-%d", len(processors))
		}
		taken[name] = true
		processors = append(processors, v1alpha1.Processor{Name: name, Host: call.Host, Shape: c.chooseProcessorShape(call.Shape)})
	}
	if len(processors) == 0 {
		processors = []v1alpha1.Processor{{Name: "model"}}
	}
	return processors
}

// chooseProcessorShape returns the shape for a processor: "", which means anyFormat, if the sidecar does not read the wire format there.
func (c Chatbot) chooseProcessorShape(name string) v1alpha1.ShapeName {
	format := c.formats[name]
	if format == nil || format.Side == shape.SidePorts || name == anyFormat {
		return ""
	}
	return v1alpha1.ShapeName(name)
}

// notInNames matches characters of a host that the name of a processor cannot have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// nameProcessor returns a name made of the host: `api-model-example`, and for a Service of the cluster the name of the Service.
func nameProcessor(host string) string {
	name, _, _ := strings.Cut(host, ":")
	if service, isService := strings.CutSuffix(strings.TrimSuffix(name, ".cluster.local"), ".svc"); isService {
		name, _, _ = strings.Cut(service, ".")
	}
	name = strings.Trim(notInNames.ReplaceAllString(name, "-"), "-")
	if name == "" {
		return "model"
	}
	return strings.TrimRight(name[:min(len(name), maxNameBytes)], "-")
}

// Declaration returns the draft as an object, with what the manifests say and without the blanks.
func (c Chatbot) Declaration() *v1alpha1.ChatbotDeployment {
	d := &v1alpha1.ChatbotDeployment{}
	d.Name, d.Namespace = c.Name(), c.Workload.Namespace
	d.APIVersion, d.Kind = v1alpha1.GroupVersion.String(), "ChatbotDeployment"
	d.Spec.Selector = metav1.LabelSelector{MatchLabels: c.selector, MatchExpressions: c.absent}
	switch {
	case c.HasNoPort():
		d.Spec.Ports = []v1alpha1.ChatPort{}
	case c.IsByNumber():
		d.Spec.Ports = []v1alpha1.ChatPort{{Port: c.Port, Shape: v1alpha1.ShapeName(c.chooseFormat())}}
	default:
		d.Spec.Ports = []v1alpha1.ChatPort{{Name: c.PortName, Shape: v1alpha1.ShapeName(c.chooseFormat())}}
	}
	for i := range d.Spec.Ports {
		d.Spec.Ports[i].Signature = c.findSignature()
	}
	d.Spec.Processors = c.listProcessors()
	return d
}

// findSignature returns with which Secret the messaging service signs its messages to the bot; nil if the manifest does not show it, or if
// the shape has no signature.
func (c Chatbot) findSignature() *v1alpha1.PortSignature {
	if c.bot == nil || c.bot.Secret == nil || !c.IsRead() || c.formats[c.Shape()].Signature == nil {
		return nil
	}
	return &v1alpha1.PortSignature{SecretKeyRef: v1alpha1.SecretKey{Name: c.bot.Secret.Name, Key: c.bot.Secret.Key}}
}

// Draft returns the draft as YAML. The fields that only people can answer are blank, and a comment at each asks for the value. A blank is
// null. The API server refuses the draft as long as a required field is blank.
func (c Chatbot) Draft() string {
	d := c.Declaration()
	var b strings.Builder
	fmt.Fprintf(&b, "# Draft for %s. Fill in the blanks: `kubectl chaperone init --from FILE` asks for them,\n", c.Workload)
	b.WriteString("# and `kubectl chaperone check FILE` lists those that are left.\n")
	fmt.Fprintf(&b, "apiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec:\n", d.APIVersion, d.Kind, quote(d.Name), quote(d.Namespace))
	b.WriteString("  enforcement: Audit # Only observes. Then Warn, then Deny.\n")
	b.WriteString("  selector:\n    matchLabels: " + formatFlow(d.Spec.Selector.MatchLabels) + "\n")
	if len(c.absent) > 0 {
		b.WriteString("    matchExpressions: # Without them, a pod could match another declaration too.\n")
	}
	for _, requirement := range c.absent {
		fmt.Fprintf(&b, "    - {key: %s, operator: %s}\n", quote(requirement.Key), requirement.Operator)
	}
	c.writePorts(&b, d.Spec.Ports)
	for _, names := range [][]string{
		{"purpose", "kinds"}, {"channels"}, {"jurisdictions"}, {"audience", "minimumAge"}, {"consent", "lawfulBasis", "privacyNoticeURL"},
		{"personalData", "categories"},
	} {
		writeBlanks(&b, names)
	}
	b.WriteString(redactProposal)
	for _, names := range [][]string{{"retention", "transcriptDays"}, {"residency", "countries"}} {
		writeBlanks(&b, names)
	}
	writeProcessors(&b, d.Spec.Processors, c.Match.Role == product.RoleModelServer || c.Match.Role == product.RoleToolServer)
	for _, names := range [][]string{{"rights", "contact"}, {"oversight", "significantDecisions"}} {
		writeBlanks(&b, names)
	}
	b.WriteString("  accountability:\n    deployer:\n      name: # " + blank.Ask("accountability.deployer.name") + "\n")
	writeBlanks(&b, []string{"security", "incidentContact"})
	return b.String()
}

// writePorts writes the port, if there is one. Its wire format is blank if it is not known, or if the sidecar does not read it: a format in
// its place would pass under Deny, although nobody has said that the chatbot speaks it.
func (c Chatbot) writePorts(b *strings.Builder, ports []v1alpha1.ChatPort) {
	if c.opensSocket() {
		fmt.Fprintf(b, "  ports: [] # The bot opens a connection to %s (%s), which the sidecar does not read: it reads what the bot sends.\n",
			c.bot.Service.Title, c.bot.Socket)
		return
	}
	if len(ports) == 0 {
		b.WriteString("  ports: [] # No port and no Service of it is known. If people reach it by a port, name the port and its shape.\n")
		return
	}
	port := ports[0]
	fmt.Fprintf(b, "  ports:\n  - %s%s\n", c.formatPort(port), c.explainFront())
	switch {
	case c.Shape() == "":
		fmt.Fprintf(b, "    shape: # %s\n", blank.Ask("ports[].shape"))
	case c.IsRead():
		fmt.Fprintf(b, "    shape: %s\n", port.Shape)
	default:
		fmt.Fprintf(b, "    shape: # It speaks %s, for which there is no preset. %s\n", c.Shape(), blank.Ask("ports[].shape"))
	}
	c.writeSignature(b, port.Signature)
}

// formatPort returns the field with the name or the number of the port.
func (c Chatbot) formatPort(port v1alpha1.ChatPort) string {
	if c.IsByNumber() {
		return fmt.Sprintf("port: %d", port.Port)
	}
	return "name: " + quote(port.Name)
}

// explainFront returns a comment if people reach the chatbot through another container.
func (c Chatbot) explainFront() string {
	if c.front == nil {
		return ""
	}
	return fmt.Sprintf(" # The port of the container %s, through which people reach %s.", c.front.Name, c.Container.Name)
}

// writeBlanks writes the blanks of one field of spec. The first of the names is that of the field, and the others are those of its members.
// If there are no others, the field itself is blank.
func writeBlanks(b *strings.Builder, names []string) {
	if len(names) == 1 {
		fmt.Fprintf(b, "  %s: # %s\n", names[0], blank.Ask(names[0]))
		return
	}
	fmt.Fprintf(b, "  %s:\n", names[0])
	for _, member := range names[1:] {
		fmt.Fprintf(b, "    %s: # %s\n", member, blank.Ask(names[0]+"."+member))
	}
}

// writeSignature writes with what the messaging service signs its messages to the port. A comment stands in its place if the manifest does
// not show the secret: without it the declaration passes, and nothing is checked.
func (c Chatbot) writeSignature(b *strings.Builder, signature *v1alpha1.PortSignature) {
	if c.bot == nil || !c.IsRead() || c.formats[c.Shape()].Signature == nil {
		return
	}
	needsURL := c.formats[c.Shape()].Signature.NeedsURL()
	if signature == nil {
		fmt.Fprintf(b, "    # signature: {secretKeyRef: {name: NAME, key: KEY}%s} # With what %s signs messages: without it, nothing checks them.\n",
			map[bool]string{true: ", url: URL"}[needsURL], c.bot.Service.Title)
		return
	}
	secret := signature.SecretKeyRef
	fmt.Fprintf(b, "    signature:\n      secretKeyRef: {name: %s, key: %s} # The value of %s.\n", quote(secret.Name), quote(secret.Key), c.bot.SecretVariable)
	if needsURL {
		fmt.Fprintf(b, "      url: # %s\n", blank.Ask("ports[].signature.url"))
	}
}

// writeProcessors writes the processors, with blanks for what the manifests do not say. A server of models or tools calls no other host for
// a model, so that of its processor is no blank.
func writeProcessors(b *strings.Builder, processors []v1alpha1.Processor, isServer bool) {
	b.WriteString("  processors:\n")
	for _, p := range processors {
		fmt.Fprintf(b, "  - name: %s\n", quote(p.Name))
		members := []string{"host", "country", "agreement", "trainsOnData"}
		if p.Host != "" {
			fmt.Fprintf(b, "    host: %s\n", quote(p.Host))
		}
		if p.Shape != "" {
			fmt.Fprintf(b, "    shape: %s\n", p.Shape)
		}
		if p.Host != "" || isServer {
			members = members[1:]
		}
		for _, member := range members {
			fmt.Fprintf(b, "    %s: # %s\n", member, blank.Ask("processors[]."+member))
		}
	}
}

// formatFlow returns labels as a YAML mapping on one line, sorted.
func formatFlow(matchLabels map[string]string) string {
	var parts []string
	for key, value := range matchLabels {
		parts = append(parts, quote(key)+": "+quote(value))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

// quote returns a string as a YAML scalar in flow style: unquoted if that reads as the same string.
func quote(text string) string {
	var list []any
	isPlain := yaml.Unmarshal([]byte("["+text+"]"), &list) == nil && len(list) == 1 && list[0] == text
	if isPlain {
		return text
	}
	return fmt.Sprintf("%q", text)
}
