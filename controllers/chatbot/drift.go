package chatbot

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// lostObjects remembers objects that another client deleted or changed, as they were before. While a declaration is denied, undecided or
// stalled, nothing says what they should be, except what they were. It is safe for concurrent use.
type lostObjects struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]objects
	// deleted are the objects that the reconciler has deleted itself, until the event about it.
	deleted map[types.UID]bool
	// isActive is true once this replica has led: the others do not know what the leader deletes.
	isActive bool
}

func newLostObjects() *lostObjects {
	return &lostObjects{byName: map[types.NamespacedName]objects{}, deleted: map[types.UID]bool{}}
}

// activate says that this replica leads.
func (l *lostObjects) activate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isActive = true
}

// expectDeletion says that the reconciler is about to delete the object.
func (l *lostObjects) expectDeletion(uid types.UID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deleted[uid] = true
}

// record remembers the object as it was before a change or a deletion, if isLost says that it is lost by it.
func (l *lostObjects) record(before client.Object, isLost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	isOurs := l.deleted[before.GetUID()]
	delete(l.deleted, before.GetUID())
	if !isLost || isOurs || !l.isActive {
		return
	}
	name := client.ObjectKeyFromObject(before)
	lost := l.byName[name]
	switch object := before.(type) {
	case *corev1.ConfigMap:
		lost.configMap = object
	case *networkingv1.NetworkPolicy:
		lost.networkPolicy = object
	}
	l.byName[name] = lost
}

// find returns what is remembered of the objects of a chatbot.
func (l *lostObjects) find(chatbot types.NamespacedName) objects {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byName[types.NamespacedName{Namespace: chatbot.Namespace, Name: inject.ConfigMapName(chatbot.Name)}]
}

// forget forgets the objects of a chatbot, unless others were lost meanwhile.
func (l *lostObjects) forget(chatbot types.NamespacedName, found objects) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name := (types.NamespacedName{Namespace: chatbot.Namespace, Name: inject.ConfigMapName(chatbot.Name)}); l.byName[name] == found {
		delete(l.byName, name)
	}
}

// recordLosses wraps a handler, so that the objects that other clients delete or change are remembered first.
func (r *Reconciler) recordLosses(inner handler.EventHandler) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: inner.Create,
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			before, isConfigMap := e.ObjectOld.(*corev1.ConfigMap)
			after, _ := e.ObjectNew.(*corev1.ConfigMap)
			if ring, err := r.Keys(); err == nil && isConfigMap {
				r.lost.record(before, isSigned(before, ring) && !isSigned(after, ring))
			}
			inner.Update(ctx, e, q)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) {
			r.lost.record(e.Object, isOwn(e.Object))
			inner.Delete(ctx, e, q)
		},
		GenericFunc: inner.Generic,
	}
}

// isSigned reports whether the manager has signed the configuration of the ConfigMap, which may be nil.
func isSigned(configMap *corev1.ConfigMap, ring keyring.Ring) bool {
	_, statement := findSignature(configMap, ring)
	return configMap != nil && statement.Serial != 0 && statement.Digest == seal.ComputeDigest([]byte(configMap.Data[contract.SidecarConfigKey]))
}

// keepExisting returns what must be there while the existing objects stay as they are: the configuration that the manager has signed, and the
// NetworkPolicy that goes with it. It stops the configuration if spec.suspended is true, and notes there whether the desk answers.
func keepExisting(found observation) (kept objects, isStopped bool) {
	configMap := copyOwnConfigMap(found)
	if configMap == nil {
		return objects{}, false
	}
	config, err := sidecarconfig.Parse([]byte(configMap.Data[contract.SidecarConfigKey]))
	if err != nil {
		return objects{}, false
	}
	isChanged := found.desk.apply(&config)
	if found.declaration.Spec.Suspended {
		config.Suspended, config.Mode, isStopped = true, "", true
	}
	if isChanged || isStopped {
		data, err := config.Marshal()
		if err != nil {
			return objects{}, false
		}
		configMap = newConfigMap(found, data, config.Revision)
	}
	kept.configMap = configMap
	if found.closesFor(config) {
		kept.networkPolicy = newNetworkPolicyFor(found, found.listOpen(config))
	}
	return kept, isStopped
}

// closesFor reports whether a NetworkPolicy goes with the configuration, which executes an enforcement. The first one waits until it cuts nothing
// off that runs; while the selector cannot be used, that is unknown.
func (o observation) closesFor(config sidecarconfig.Config) bool {
	switch {
	case config.Mode != "":
		return false
	case config.Suspended || o.objects.networkPolicy != nil || o.lost.networkPolicy != nil:
		return true
	}
	return o.stalledBecause.reason == "" && len(o.listCutOff()) == 0
}

// listOpen returns the numbers on which every sidecar with the configuration listens for clients. While the selector cannot be used, pods are not
// known, and no number is added to those of the NetworkPolicy.
func (o observation) listOpen(config sidecarconfig.Config) []int32 {
	var numbers []int32
	for _, port := range config.Ports {
		_, text, err := net.SplitHostPort(port.Listen)
		number, parseErr := strconv.ParseInt(text, 10, 32)
		if err != nil || parseErr != nil || !o.servesEverywhere(port.Name) || !o.mayOpen(int32(number)) {
			continue
		}
		numbers = append(numbers, int32(number))
	}
	return numbers
}

// mayOpen reports whether a NetworkPolicy that goes with the existing configuration may open the number.
func (o observation) mayOpen(number int32) bool {
	existing := cmp.Or(o.lost.networkPolicy, o.objects.networkPolicy)
	if o.stalledBecause.reason == "" || existing == nil {
		return true
	}
	return slices.Contains(listPorts(existing), number)
}

// computeNext returns the time until the declaration has to be reconciled without an event; zero for never. What other clients had deleted or
// changed is written then, and forgotten.
func (r *Reconciler) computeNext(found observation, verdict policy.Verdict, desired desiredState, after v1alpha1.ChatbotDeploymentStatus, now time.Time) time.Duration {
	if found.lost != (objects{}) {
		r.lost.forget(client.ObjectKeyFromObject(found.declaration), found.lost)
	}
	next := computeRequeueAfter(found, verdict, desired.computeNextLook(found, now), now)
	next = minWait(next, found.desk.computeLate(now))
	return minWait(minWait(next, computeNextStall(after, now)), r.computeNextRepair(client.ObjectKeyFromObject(found.declaration), after.Repair))
}
