package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const observeHelp = `Show what passes through the sidecars of a chatbot unchanged, and what governing it would do: under "spec.enforcement: Audit" every
exchange, under Warn those on paths that are not declared. Only counts are shown, no content. They begin when a sidecar starts, and again when
it gets a configuration with another mode, shape, processor or detector, so that they say what the present configuration does.
It also names the ports of the pods that Deny closes because the declaration neither governs nor opens them.

The sidecars are asked through the API server, which needs the right to get chatbotdeployments, pods and pods/proxy in the namespace.`

const observeExamples = `  kubectl chaperone observe support -n shop
  kubectl chaperone observe support -n shop -o json`

type observeCommand struct {
	options Options
	cluster clusterFlags
	output  string
}

func newObserve(o Options) *cobra.Command {
	c := &observeCommand{options: o}
	cmd := &cobra.Command{
		Use: "observe CHATBOT", Short: "Show what the sidecars of a chatbot would do", Long: observeHelp, Example: observeExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one ChatbotDeployment: `kubectl chaperone observe CHATBOT -n NAMESPACE`")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	c.cluster.addTo(cmd, corev1.NamespaceDefault, "namespace of the chatbot")
	cmd.Flags().StringVarP(&c.output, "output", "o", outputText, "format: text or json")
	return cmd
}

// run asks the sidecars of the chatbot what they observed, and writes the result.
func (c *observeCommand) run(ctx context.Context, chatbot string) error {
	if c.output != outputText && c.output != outputJSON {
		return fmt.Errorf("--output %q is not text or json", c.output)
	}
	config, err := c.cluster.load()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("--namespace %s: %w", c.cluster.namespace, err)
	}
	found, err := c.readSidecars(ctx, client, chatbot)
	if err != nil {
		return err
	}
	return c.write(chatbot, found)
}

// observation is what all sidecars of a chatbot observed.
type observation struct {
	// Pods are the names of the pods whose sidecars were asked, and Unreachable says of the others why they were not.
	Pods        []string `json:"pods"`
	Unreachable []string `json:"unreachable,omitempty"`
	// Modes are the different modes of the sidecars, sorted; the mode "" is that of a sidecar that governs everything.
	Modes []string `json:"modes"`
	// Since is when the first of the sidecars began to count.
	Since time.Time `json:"since"`
	// Treatments is the number of different configurations under which the sidecars count.
	Treatments int `json:"treatments"`
	// Routes are those of all sidecars together, the one with the most exchanges first.
	Routes []observe.RouteCounts `json:"routes"`
	// Ports are the declared ports, Turns the messages of people that the chatbot has answered, and Models the processors that serve models.
	Ports  []observe.Port  `json:"ports"`
	Turns  int64           `json:"turns"`
	Models []observe.Model `json:"models"`
	// Earlier is what sidecars counted under the configuration before, by pod.
	Earlier map[string]observe.Summary `json:"earlier,omitempty"`
	// OtherPorts are the ports of the pods that were asked besides those on which people chat.
	OtherPorts otherPorts `json:"otherPorts"`
}

// readSidecars asks the sidecars of the pods that have the label of the chatbot. A pod without a sidecar has no admin port and is left out.
func (c *observeCommand) readSidecars(ctx context.Context, client kubernetes.Interface, chatbot string) (observation, error) {
	pods, err := client.CoreV1().Pods(c.cluster.namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelChatbot + "=" + chatbot})
	if err != nil {
		return observation{}, fmt.Errorf("--namespace %s: list pods: %w", c.cluster.namespace, err)
	}
	found := observation{Pods: []string{}, Modes: []string{}}
	var summaries []observe.Summary
	var asked []*corev1.Pod
	for i := range pods.Items {
		pod := &pods.Items[i]
		port := findAdminPort(pod)
		if port == 0 {
			continue
		}
		summary, err := readSummary(ctx, client, pod, port)
		if err != nil {
			found.Unreachable = append(found.Unreachable, fmt.Sprintf("pod %s: %v", pod.Name, err))
			continue
		}
		asked = append(asked, pod)
		found.Pods = append(found.Pods, pod.Name)
		summaries = append(summaries, summary)
	}
	found.add(summaries)
	found.OtherPorts = c.readOtherPorts(ctx, client, chatbot, asked)
	return found, nil
}

// add adds what the sidecars of o.Pods said.
func (o *observation) add(summaries []observe.Summary) {
	treatments := map[string]bool{}
	for i, s := range summaries {
		o.Modes = append(o.Modes, s.Mode)
		treatments[s.Treatment] = true
		if i == 0 || s.Since.Before(o.Since) {
			o.Since = s.Since
		}
		o.Ports = s.Ports
		if s.Earlier != nil {
			if o.Earlier == nil {
				o.Earlier = map[string]observe.Summary{}
			}
			o.Earlier[o.Pods[i]] = *s.Earlier
		}
	}
	slices.Sort(o.Modes)
	o.Turns, o.Models = observe.MergeTraffic(summaries)
	o.Modes, o.Treatments, o.Routes = slices.Compact(o.Modes), len(treatments), observe.Merge(summaries)
}

// findAdminPort returns the number of the sidecar's admin port, or 0. It is read from the pod, because pods keep the number with which they
// were injected.
func findAdminPort(pod *corev1.Pod) int32 {
	for _, container := range pod.Spec.InitContainers {
		for _, port := range container.Ports {
			if container.Name == contract.Sidecar && port.Name == inject.AdminPortName {
				return port.ContainerPort
			}
		}
	}
	return 0
}

// readSummary asks one sidecar through the API server.
func readSummary(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod, port int32) (summary observe.Summary, err error) {
	body, err := client.CoreV1().Pods(pod.Namespace).ProxyGet("http", pod.Name, fmt.Sprint(port), "/observations", nil).DoRaw(ctx)
	if err != nil {
		return summary, err
	}
	if err := json.Unmarshal(body, &summary); err != nil {
		return summary, fmt.Errorf("read its answer: %w", err)
	}
	return summary, nil
}

// write writes what was observed, and returns an error if no sidecar could be asked.
func (c *observeCommand) write(chatbot string, found observation) error {
	if c.output == outputJSON {
		if err := report.EncodeIndented(c.options.Out, found); err != nil {
			return &noDecisionError{err}
		}
	} else {
		writeObservation(c.options.Out, chatbot, found)
	}
	if len(found.Pods) == 0 {
		return &noDecisionError{fmt.Errorf("no sidecar of ChatbotDeployment %q answers in namespace %q: pods get one when they are created after the declaration",
			chatbot, c.cluster.namespace)}
	}
	return nil
}

// writeObservation writes a text for people: findings first, then the routes.
func writeObservation(w io.Writer, chatbot string, found observation) {
	for _, problem := range found.Unreachable {
		_, _ = fmt.Fprintf(w, "Not asked: %s\n", problem)
	}
	if len(found.Pods) == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "ChatbotDeployment %s, sidecars asked: %d, mode: %s, since %s\n",
		chatbot, len(found.Pods), describeModes(found.Modes), found.Since.Format(time.RFC3339))
	if found.Treatments > 1 {
		_, _ = fmt.Fprintf(w, "The sidecars have %d different configurations; the counts are those of all. Ask again when every sidecar has the newest one.\n",
			found.Treatments)
	}
	writeEarlier(w, found.Earlier)
	writeUncalled(w, found)
	writeOtherPorts(w, found.OtherPorts)
	if len(found.Routes) == 0 {
		_, _ = fmt.Fprintln(w, "Nothing has passed unchanged since then.")
		return
	}
	writeTotals(w, found.Routes)
	for _, route := range found.Routes {
		writeRoute(w, route)
		writeRemedy(w, route, found.Ports)
	}
}

// manyTurns is the number of answers after which a model that got no call is named. A chatbot can answer a greeting without its model.
const manyTurns = 5

// writeUncalled names the models that the chatbot has not called through the sidecar although it has answered people.
func writeUncalled(w io.Writer, found observation) {
	if found.Turns < manyTurns {
		return
	}
	for _, m := range found.Models {
		if m.Calls == 0 {
			_, _ = fmt.Fprintf(w, "Processor %s (%s): no call since %s, in %d turns. The chatbot calls it past the sidecar, or not at all: "+
				"see which variable of its container has the URL of its model.\n", m.Name, m.Host, found.Since.Format(time.RFC3339), found.Turns)
		}
	}
}

// writeRemedy writes what to change so that governing serves a route of a port that it would refuse, or refuses.
func writeRemedy(w io.Writer, r observe.RouteCounts, ports []observe.Port) {
	i := slices.IndexFunc(ports, func(p observe.Port) bool { return p.Name == r.Port })
	if r.Direction != exchange.Ingress || i < 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fits)) {
		if name != ports[i].Shape {
			_, _ = fmt.Fprintf(w, "  to have it read: set spec.ports[%d].shape: %s (now %s)\n", i, name, ports[i].Shape)
		}
	}
	if couldPass(r) {
		_, _ = fmt.Fprintf(w, "  to have it pass unread: add this route to a shape of your own (%s):\n    - {name: %s, method: GET, path: %s, use: pass}\n",
			explainOwnShape(ports[i].Shape, i), nameRoute(r.Pattern), r.Pattern)
	}
}

// couldPass reports whether a route that the shape lacks is like that of a health check. Messages are sent with other methods, so that those
// are not proposed, and pages are better served as such.
func couldPass(r observe.RouteCounts) bool {
	lacksRoute := r.Unmatched+r.Refused[refusal.New(refusal.PathUnknown).ID] > 0
	isExact := r.Pattern != "/" && !strings.Contains(r.Pattern, "*")
	return lacksRoute && isExact && r.Method == http.MethodGet && r.Answer != "text/html" && len(r.Fits) == 0
}

// explainOwnShape says where the shape of a port is that a team can change.
func explainOwnShape(declared string, port int) string {
	if strings.Contains(declared, ".") { // No other names have a dot than those of inline shapes.
		return fmt.Sprintf("spec.ports[%d].inline", port)
	}
	return fmt.Sprintf("`kubectl chaperone shapes %s` prints one to start from, which spec.ports[%d].shape then names", declared, port)
}

// nameRoute returns a name for a route with the path, which routes of a preset do not have: its words, with dashes.
func nameRoute(path string) string {
	return "own-" + strings.Join(strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r < 'a' || r > 'z' }), "-")
}

// writeEarlier writes how much was counted under the configuration before, which is not part of the list.
func writeEarlier(w io.Writer, earlier map[string]observe.Summary) {
	var exchanges int64
	var modes []string
	for _, s := range earlier {
		modes = append(modes, s.Mode)
		for _, r := range s.Routes {
			exchanges += r.Exchanges
		}
	}
	if exchanges == 0 {
		return
	}
	slices.Sort(modes)
	_, _ = fmt.Fprintf(w, "Not in the list: %d exchanges under the configuration before (mode: %s). `-o json` has them.\n",
		exchanges, describeModes(slices.Compact(modes)))
}

// writeTotals writes one line with the sums over all routes.
func writeTotals(w io.Writer, routes []observe.RouteCounts) {
	var exchanges, refused, redacted, disclosed int64
	for _, r := range routes {
		exchanges += r.Exchanges
		refused += sumCounts(r.Refused)
		redacted += sumCounts(r.FoundInRequests) + sumCounts(r.FoundInAnswers)
		disclosed += r.Disclosed
	}
	_, _ = fmt.Fprintf(w, "Routes: %d, exchanges: %d. Governing would refuse %d of them, show the statement in %d, and replace personal data %d times in what was read.\n",
		len(routes), exchanges, refused, disclosed, redacted)
}

func sumCounts(counts map[string]int64) int64 {
	var sum int64
	for _, n := range counts {
		sum += n
	}
	return sum
}

// describeModes returns the modes in words: `govern` for the mode "".
func describeModes(modes []string) string {
	words := make([]string, 0, len(modes))
	for _, mode := range modes {
		words = append(words, cmp.Or(mode, "govern"))
	}
	return strings.Join(words, ", ")
}

// writeRoute writes a route and what governing would do with its exchanges. Lines without a count are left out.
func writeRoute(w io.Writer, r observe.RouteCounts) {
	_, _ = fmt.Fprintf(w, "\n%s %s %s %s", r.Direction, r.Port, r.Method, r.Pattern)
	if r.Request != "" || r.Answer != "" {
		_, _ = fmt.Fprintf(w, " (%s -> %s)", cmp.Or(r.Request, "no body"), cmp.Or(r.Answer, "no body"))
	}
	_, _ = fmt.Fprintf(w, "\n  exchanges: %d; read %d, unknown to the declared wire format %d, not looked at %d\n", r.Exchanges, r.Read, r.Unknown, r.Skipped)
	if r.Unread > 0 {
		_, _ = fmt.Fprintf(w, "  passed unread, as the shape says: %d\n", r.Unread)
	}
	if r.Unmatched > 0 {
		_, _ = fmt.Fprintf(w, "  refused, because no route of the shape matches: %d\n", r.Unmatched)
	}
	for _, line := range []struct {
		name   string
		counts map[string]int64
	}{
		{"can be read as", r.Fits},
		{"would be refused", r.Refused},
		{"would be redacted in requests", r.FoundInRequests},
		{"would be redacted in answers", r.FoundInAnswers},
	} {
		if len(line.counts) > 0 {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", line.name, describeCounts(line.counts))
		}
	}
	if r.Disclosed > 0 {
		_, _ = fmt.Fprintf(w, "  would show the statement: %d\n", r.Disclosed)
	}
}

// describeCounts returns the counts by name: `email 3, phone 1`.
func describeCounts(counts map[string]int64) string {
	texts := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		texts = append(texts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(texts, ", ")
}
