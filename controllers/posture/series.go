package posture

import "github.com/prometheus/client_golang/prometheus"

// series is one series with its value.
type series struct {
	description *prometheus.Desc
	value       float64
	labels      []string
}

// maxListed is the largest number of chatbots, and of exceptions, that have series of their own. A law that takes effect can concern all of
// them on one day.
const maxListed = 1000

// The metrics of the cluster.
var (
	declarations = newDescription("chaperone_declarations", "ChatbotDeployments of the cluster.")
	chatbots     = newDescription("chaperone_chatbots",
		"Chatbots, by their effective enforcement, the outcome of the last evaluation (both None before the first) and the status of the condition Ready.",
		"enforcement", "outcome", "ready")
	suspended = newDescription("chaperone_suspended_chatbots", "Chatbots of which only humans answer, by reason (SuspendedByUser, Quarantined).", "reason")
	findings  = newDescription("chaperone_findings", "Findings about all chatbots, by action. The action unlisted is that of findings which their statuses only count.", "action")
	pods      = newDescription("chaperone_pods",
		"Pods of all chatbots: selected, injected (the current sidecar runs), unverified (those of them whose sidecar does not answer the manager), "+
			"stale (an earlier configuration), and refused at admission.", "state")
	nextChanges = newDescription("chaperone_next_change_chatbots",
		"Chatbots whose decision can change without an edit within some days (1, 7, 30): a law takes effect, or an assessment or exception ends.", "within_days")
	exceptions = newDescription("chaperone_exceptions", "PolicyExceptions, by state (active, not_approved, for_another, expired).", "state")
	ownObjects = newDescription("chaperone_organisation_objects",
		"Objects of the organization, by kind and state: ready, not_ready (not in force as it is written), or not_seen.", "kind", "state")
	omitted = newDescription("chaperone_omitted_chatbots", "Chatbots and exceptions about which something is to be said, and that have no series of their own because too many have.")
)

// The metrics of single chatbots and exceptions.
var (
	problems = newDescription("chaperone_chatbot_problem_timestamp_seconds",
		"Since when (Unix time) a condition of a chatbot is bad: not True, or, of Stalled and Suspended, True.", "chatbot_namespace", "chatbot", "condition", "reason")
	ungoverned = newDescription("chaperone_chatbot_ungoverned_pods",
		"Selected pods in which the current sidecar does not run, of chatbots whose condition WorkloadsGoverned is False.", "chatbot_namespace", "chatbot")
	nextChange = newDescription("chaperone_chatbot_next_change_timestamp_seconds",
		"When (Unix time) the decision about a chatbot can change without an edit, if that is within 30 days.", "chatbot_namespace", "chatbot")
	expiry = newDescription("chaperone_exception_expiry_timestamp_seconds",
		"When (Unix time) an active PolicyException ends, if that is within 30 days.", "chatbot_namespace", "chatbot", "exception")
)

var all = []*prometheus.Desc{
	declarations, chatbots, suspended, findings, pods, nextChanges, exceptions, ownObjects, omitted, problems, ungoverned, nextChange, expiry,
}

func newDescription(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// tally counts by the values of labels, in the order of their first appearance.
type tally struct {
	description *prometheus.Desc
	index       map[[3]string]int
	counted     []series
}

func newTally(description *prometheus.Desc) *tally {
	return &tally{description: description, index: map[[3]string]int{}}
}

// add adds n to the series with at most three labels.
func (t *tally) add(n float64, labels ...string) {
	var key [3]string
	copy(key[:], labels)
	i, found := t.index[key]
	if !found {
		i = len(t.counted)
		t.index[key] = i
		t.counted = append(t.counted, series{t.description, 0, labels})
	}
	t.counted[i].value += n
}
