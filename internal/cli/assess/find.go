package assess

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// Chatbot is a workload that was recognized as a chatbot, or as a model server or gateway that chatbots call.
type Chatbot struct {
	// Workload is the workload or pod.
	Workload manifest.Object
	// Container is the container that people or chatbots talk to.
	Container *corev1.Container
	Match     product.Match
	// bot is what the container's variables say of a bot of a messaging service; nil if it is none, or if the product is known.
	bot *product.Bot
	// front is another container of the pod, such as a proxy, through which people reach the chatbot; nil if they reach it directly.
	front *corev1.Container
	// Port is the number of the port on which people reach the chatbot, that of the front if there is one; 0 if it is not known.
	Port int32
	// PortName is the name of that port, or the one that the patch gives to it. NeedsPortName is true in the second case.
	PortName      string
	NeedsPortName bool
	// others are the other ports to which Services lead by number.
	others []otherPort
	// Services are the Services that select the workload's pods.
	Services []manifest.Object
	// Models are the calls of models that the manifest shows, one for each URL or credential, and Unseen why there may be more.
	Models []report.ModelCall
	Unseen []string

	formats Formats
	// isIncluded is true if the user says that it is a chatbot.
	isIncluded bool
	// selector has the labels that select the pods of the workload and of its versions, and no others of the input; nil if there are none.
	selector map[string]string
	// isVersion is true if the draft of another chatbot, of which this one is another version, selects the pods.
	isVersion bool
	// absent are the labels that the pods do not have, but those of other chatbots of the input.
	absent []metav1.LabelSelectorRequirement
}

// Found is what Find found.
type Found struct {
	Chatbots []Chatbot
	// Unassessed are the objects that could be or belong to chatbots, but are not assessed.
	Unassessed []Unassessed
	// Others are the workloads that are not recognized.
	Others []manifest.Object
}

// Unassessed is an object that is not assessed.
type Unassessed struct {
	Object manifest.Object
	// Reason says why, and what to do. It continues a sentence that begins with the object.
	Reason string
}

// Options say how Find looks at objects.
type Options struct {
	// Formats are the wire formats that the sidecar reads.
	Formats Formats
	// Included are workloads that are chatbots because the user says so, as `deployment/bot`: the kind in any case, and the name.
	Included []string
}

// Find returns the chatbots, model servers and gateways among the objects, in their order. A workload that another object owns, such as the
// ReplicaSet of a Deployment in a live namespace, is left out, because its owner is assessed. Variables from ConfigMaps among the objects
// count like those that a workload states.
func Find(objects []manifest.Object, options Options) Found {
	var found Found
	var chatbots []Chatbot
	beside := manifest.CollectBeside(objects)
	for _, o := range objects {
		if !isAssessed(o) {
			continue
		}
		o.Pod = stateVariables(o.Pod, beside[o.Namespace].ConfigMaps)
		container, match := findContainer(o)
		if options.includes(o) && (container == nil || match.Role != product.RoleChatbot) {
			container, match = chooseContainer(o), includedMatch()
		}
		if container == nil {
			neighbors := append(findNeighbors(o), findProxies(o)...)
			found.Unassessed = append(found.Unassessed, neighbors...)
			if len(neighbors) == 0 {
				found.Others = append(found.Others, o)
			}
			continue
		}
		c := Chatbot{Workload: o, Container: container, Match: match, Services: selectServices(o, objects), formats: options.Formats}
		c.isIncluded = options.includes(o)
		if bot, isBot := product.FindBot(container.Env); isBot && match.Product == nil {
			c.bot = &bot
		}
		c.Models, c.Unseen = findModelCalls(o.Pod, match)
		c.choosePort()
		c.chooseSelector(objects)
		chatbots = append(chatbots, c)
	}
	addServerCalls(chatbots)
	chatbots, fronts := removeFronts(chatbots)
	merged := mergeWorkers(chatbots)
	markVersions(merged.Chatbots)
	separateSelectors(merged.Chatbots)
	found.Chatbots, found.Unassessed = merged.Chatbots, slices.Concat(found.Unassessed, fronts, merged.Unassessed)
	return found
}

// findNeighbors returns the object if it is no chatbot but one of their neighbors, and calls models.
func findNeighbors(o manifest.Object) []Unassessed {
	for i := range o.Pod.Spec.Containers {
		container := &o.Pod.Spec.Containers[i]
		var signs []string
		for _, call := range listCalls(container) {
			signs = append(signs, "variable "+call.Variable)
		}
		if neighbor, isNeighbor := product.FindNeighbor(container, o.Name); isNeighbor && len(signs) > 0 {
			return []Unassessed{newUnassessed(o, "because it runs "+neighbor.Title, signs)}
		}
	}
	return nil
}

// findProxies returns the object if it is a proxy before a chatbot, by its name.
func findProxies(o manifest.Object) []Unassessed {
	for i := range o.Pod.Spec.Containers {
		if behind := product.FindProxied(&o.Pod.Spec.Containers[i], o.Name); behind != nil {
			return []Unassessed{{o, fmt.Sprintf("is no chatbot, because its image is that of a proxy, but its name speaks of %s: "+
				"govern the workload to which it leads, and let it lead to the Service of that workload", behind.Title)}}
		}
	}
	return nil
}

// newUnassessed returns an object that is no chatbot, for the reason, although it may call models, for which the signs speak.
func newUnassessed(o manifest.Object, reason string, signs []string) Unassessed {
	return Unassessed{o, fmt.Sprintf("is no chatbot, %s, but it may call models (%s), and no sidecar is before these calls: "+
		"name the model as a processor in the declaration of the chatbot whose conversations it reads", reason, strings.Join(signs, " and "))}
}

// isAssessed reports whether an object is a workload from which pods come, and that no other object owns.
func isAssessed(o manifest.Object) bool {
	return o.Pod != nil && !o.IsOwned && o.Kind != "PodTemplate" // No pod comes from a PodTemplate.
}

// IsByNumber reports whether the draft gives the port by its number, because the port has no name and no patch can give it one: in a kind
// that kustomize does not know, a patch would replace the whole list of containers.
func (c Chatbot) IsByNumber() bool {
	name, _ := findPort(c.portContainer(), c.Port)
	return c.Workload.IsForeign && c.Port != 0 && name == ""
}

// HasNoPort reports whether nothing shows that people call the workload, such as a bot that fetches its messages from a service. A draft
// has no port then, if there is a processor to which the sidecar can be led.
func (c Chatbot) HasNoPort() bool {
	isCalling := slices.ContainsFunc(c.listProcessors(), func(p v1alpha1.Processor) bool { return p.Host != "" })
	return c.Port == 0 && len(c.Services) == 0 && isCalling
}

// opensSocket reports whether the workload is a bot that opens a connection to its messaging service, and that nothing else calls: a port
// that it has is one for probes.
func (c Chatbot) opensSocket() bool {
	return c.bot != nil && c.bot.Socket != "" && len(c.Services) == 0
}

// isWorker reports whether nothing talks to the workload: it has neither a port nor a Service, its product runs as a worker, or it is a
// Job, which ends.
func (c Chatbot) isWorker() bool {
	return !c.isIncluded && (c.isJob() || c.Match.IsWorker || len(c.Container.Ports) == 0 && len(c.Services) == 0)
}

func (c Chatbot) isJob() bool { return c.Workload.Kind == "Job" || c.Workload.Kind == "CronJob" }

// mergeWorkers returns the chatbots without the workers that run the product of another chatbot of the namespace: the chatbot gets a line
// about the model calls of each of its workers. Another worker may be a chatbot that fetches its messages, unless it is a Job.
func mergeWorkers(chatbots []Chatbot) Found {
	var fronts []Chatbot
	var workers []Chatbot
	var unassessed []Unassessed
	for _, c := range chatbots {
		if c.isWorker() {
			workers = append(workers, c)
			continue
		}
		fronts = append(fronts, c)
	}
	for _, worker := range workers {
		i := slices.IndexFunc(fronts, func(c Chatbot) bool {
			return c.Match.Product != nil && c.Match.Product == worker.Match.Product && c.Workload.Namespace == worker.Workload.Namespace
		})
		switch {
		case i < 0 && worker.isJob():
			unassessed = append(unassessed, newUnassessed(worker.Workload, "because a Job ends and nobody talks to it", worker.Match.Signs))
			continue
		case i < 0 && worker.Match.IsWorker:
			reason := "because it runs " + worker.Match.Product.Title + " as a worker, which nobody talks to"
			unassessed = append(unassessed, newUnassessed(worker.Workload, reason, worker.Match.Signs))
			continue
		case i < 0:
			fronts = append(fronts, worker)
			continue
		}
		fronts[i].Unseen = append(fronts[i].Unseen, fmt.Sprintf("%s runs %s too, as a worker, and no sidecar is before its calls",
			worker.Workload, worker.Match.Product.Title))
	}
	return Found{Chatbots: fronts, Unassessed: unassessed}
}

// findContainer returns the container of the workload that is recognized best: a chatbot rather than what chatbots call, and then the one
// with the surest sign. It returns nil if none is recognized.
func findContainer(o manifest.Object) (*corev1.Container, product.Match) {
	var best *corev1.Container
	var bestMatch product.Match
	for i := range o.Pod.Spec.Containers {
		container := &o.Pod.Spec.Containers[i]
		match, ok := product.Recognize(container, o.Name)
		if ok && (best == nil || rank(match) < rank(bestMatch)) {
			best, bestMatch = container, match
		}
	}
	return best, bestMatch
}

// rank orders matches; the best one has the lowest rank.
func rank(m product.Match) string {
	if m.Role == product.RoleChatbot {
		return "0" + string(m.Sign)
	}
	return "1" + string(m.Sign)
}

// selectServices returns the Services of the namespace that select the pods of the workload.
func selectServices(workload manifest.Object, objects []manifest.Object) []manifest.Object {
	var selected []manifest.Object
	for _, o := range objects {
		isSame := o.Service != nil && o.Namespace == workload.Namespace && len(o.Service.Spec.Selector) > 0
		if isSame && labels.SelectorFromSet(o.Service.Spec.Selector).Matches(labels.Set(workload.Pod.Labels)) {
			selected = append(selected, o)
		}
	}
	return selected
}
