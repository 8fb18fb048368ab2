package chatbot

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/readback"
)

const (
	// askers is the number of sidecars that are asked at the same time. One that cannot be asked takes a second or two, and one that can a few
	// milliseconds.
	askers = 32
	// firstRetry is the time after which a sidecar is asked again that does not execute the desired configuration yet, or has not answered.
	// Kubelets renew the file of a sidecar within a minute or two, so after quickAttempts the time doubles, up to lastRetry. For a sidecar that
	// has never answered, for example because of a network policy or a mesh, it doubles from the beginning: it must not hold up others.
	firstRetry, lastRetry = 10 * time.Second, 30 * time.Minute
	quickAttempts         = 12
	// lostRetry is the time after which a sidecar that has answered before is asked again when a question about a changed configuration is lost.
	lostRetry = time.Second
	// silentAfter is the number of questions in a row after which a sidecar that has answered none of them counts as unverified, also one that has answered
	// earlier ones. For one that never has, that is half a minute after the first (docs/adr/0120-what-a-running-chatbot-depends-on.md).
	silentAfter = 3
)

// Asker asks the sidecar at the address of its admin port which configuration it executes, and sends it the one that it should execute
// (readback.Client).
type Asker interface {
	Ask(ctx context.Context, address string) (readback.Answer, error)
	Send(ctx context.Context, address string, config, signature []byte) (readback.Answer, error)
}

// signedFiles are a configuration and its signature, as the ConfigMap has them. They are immutable.
type signedFiles struct{ config, signature string }

// sidecarID identifies one run of a sidecar.
type sidecarID struct {
	pod types.UID
	// started is when the container started: a container that is started again can execute another configuration.
	started time.Time
}

// rollCall asks running sidecars which configuration they execute, until their answers agree with what is desired. It asks none that agrees. It
// sends a changed configuration to those that execute another one, because kubelets take a minute or two to do so; the signature, which
// the sidecar verifies, makes this as good a way as the volume. Only the leader runs it. It is safe for concurrent use.
type rollCall struct {
	asker Asker
	// changed is called when an answer differs from the one before, when a sidecar does not answer the first question, and when it is silent.
	changed func(ctx context.Context, chatbot types.NamespacedName)
	queue   workqueue.TypedDelayingInterface[sidecarID]

	mu sync.Mutex
	// sidecars are those to ask, by chatbot.
	sidecars map[types.NamespacedName]map[sidecarID]*calledSidecar
	chatbots map[sidecarID]types.NamespacedName
}

// calledSidecar is one running sidecar.
type calledSidecar struct {
	address string
	desired execution
	// files are what the sidecar should execute; nil if that was not written, or if the sidecar agrees.
	files *signedFiles
	// isChanged is true if another configuration is desired since it was last asked.
	isChanged bool
	// answer is its last answer; nil if it has not answered. wasBehind is true if the sidecar executed something else than it should when it gave it.
	answer    *readback.Answer
	wasBehind bool
	// isAsked is true if it was asked, whether it answered or not. unanswered is how many questions it has not answered since its last answer.
	isAsked    bool
	unanswered int
	// attempts is how often it was asked since it last agreed, or since another configuration is desired.
	attempts int
}

// execution is what sidecars should execute: the configuration with the hash, with a signature that has at least the serial.
type execution struct {
	hash   string
	serial int64
}

// agrees reports whether the answer is that of a sidecar that executes what it should.
func (e execution) agrees(answer *readback.Answer) bool {
	return answer != nil && answer.Hash == e.hash && answer.Serial >= e.serial && !answer.Expired
}

// concerns reports whether the pod has a running sidecar that can be asked.
func (e execution) concerns(pod selectedPod) bool {
	return pod.sidecar == sidecarRunning && pod.address != "" && e.hash != ""
}

// newRollCall returns a rollCall that asks no sidecar yet.
func newRollCall(asker Asker, changed func(context.Context, types.NamespacedName)) *rollCall {
	return &rollCall{
		asker: asker, changed: changed, queue: workqueue.NewTypedDelayingQueue[sidecarID](),
		sidecars: map[types.NamespacedName]map[sidecarID]*calledSidecar{}, chatbots: map[sidecarID]types.NamespacedName{},
	}
}

// find returns a copy of what is known of a sidecar; the zero value if nothing is.
func (c *rollCall) find(id sidecarID) calledSidecar {
	c.mu.Lock()
	defer c.mu.Unlock()
	if called := c.sidecars[c.chatbots[id]][id]; called != nil {
		return *called
	}
	return calledSidecar{}
}

// isSilent reports whether the sidecar has answered none of the last questions. What it said before them may no longer be true, unless it said that it
// executes something else than it should: silence must not look better than that.
func (s *calledSidecar) isSilent() bool { return s.unanswered >= silentAfter && !s.wasBehind }

// isSettled reports whether the sidecar has answered the last question, and agrees.
func (s *calledSidecar) isSettled() bool { return s.unanswered == 0 && s.desired.agrees(s.answer) }

// expect says what the running sidecars of a chatbot should execute. Those that do not, as far as is known, are asked, and get the files unless
// they are nil. All other sidecars of the chatbot are forgotten.
func (c *rollCall) expect(chatbot types.NamespacedName, pods []selectedPod, desired execution, files *signedFiles) {
	if c.asker == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.sidecars[chatbot]
	now := map[sidecarID]*calledSidecar{}
	for i := range pods {
		if !desired.concerns(pods[i]) {
			continue
		}
		id := pods[i].id
		called := before[id]
		if called == nil {
			called = &calledSidecar{}
		}
		called.setDesired(desired)
		called.address, called.files, now[id], c.chatbots[id] = pods[i].address, nil, called, chatbot
		if !called.isSettled() {
			called.files = files
			c.queue.AddAfter(id, called.wait())
		}
	}
	for id := range before {
		if now[id] == nil {
			delete(c.chatbots, id)
		}
	}
	c.sidecars[chatbot] = now
	if len(now) == 0 {
		delete(c.sidecars, chatbot)
	}
}

// setDesired says what the sidecar should execute.
func (s *calledSidecar) setDesired(desired execution) {
	if s.desired == desired {
		return
	}
	// A sidecar that never answers is not asked at once, so that it does not hold up others.
	s.isChanged = s.isChanged || s.answer != nil && s.desired.hash != desired.hash
	s.desired, s.attempts = desired, 0
}

// synchronize asks the sidecar, a copy of which is passed, and sends it the files if it should execute something else. It returns what the sidecar says
// last.
func (c *rollCall) synchronize(ctx context.Context, s calledSidecar) (readback.Answer, error) {
	answer, err := c.asker.Ask(ctx, s.address)
	// A signature that only is not the newest still holds, and is left to the kubelet, unless that takes too long.
	isSlow := s.attempts >= quickAttempts
	isOther := answer.Hash != s.desired.hash || answer.Expired || isSlow && answer.Serial < s.desired.serial
	if err != nil || s.files == nil || !isOther {
		return answer, err
	}
	if sent, err := c.asker.Send(ctx, s.address, []byte(s.files.config), []byte(s.files.signature)); err == nil {
		return sent, nil
	}
	return answer, nil // It takes no configuration, for example because it is of an earlier version.
}

// wait returns the time until the sidecar should be asked. One that has not been asked yet, or that should execute another configuration than
// before, is asked at once.
func (s *calledSidecar) wait() time.Duration {
	switch {
	case s.attempts == 0 && (s.isChanged || s.answer == nil && !s.isAsked):
		return 0
	case s.isChanged && s.attempts < quickAttempts:
		return lostRetry
	}
	wait, quick := firstRetry, quickAttempts
	if s.answer == nil {
		quick = 1
	}
	for range s.attempts - quick {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// storeAnswer stores the answer to a question, and reports whether it says anything new. desired is what the sidecar should have executed when it was
// asked.
func (s *calledSidecar) storeAnswer(answer readback.Answer, err error, desired execution) bool {
	wasAsked, wasSilent, before := s.isAsked, s.isSilent(), s.answer
	s.isAsked = true
	if err != nil {
		s.unanswered++
		return !wasAsked || s.isSilent() != wasSilent
	}
	s.answer, s.isChanged, s.unanswered = &answer, false, 0
	s.wasBehind = answer.Hash != desired.hash || answer.Expired
	return wasSilent || before == nil || *before != answer
}

// ask asks one sidecar, unless it has been forgotten, and has it asked again if it does not agree.
func (c *rollCall) ask(ctx context.Context, id sidecarID) {
	c.mu.Lock()
	chatbot := c.chatbots[id]
	called := c.sidecars[chatbot][id]
	if called == nil {
		c.mu.Unlock()
		return
	}
	known := *called
	c.mu.Unlock()
	answer, err := c.synchronize(ctx, known)
	c.mu.Lock()
	hasChanged := called.storeAnswer(answer, err, known.desired)
	isForgotten := c.sidecars[chatbot][id] != called
	called.attempts++
	if called.isSettled() {
		called.attempts, called.files = 0, nil
	} else if !isForgotten {
		c.queue.AddAfter(id, called.wait())
	}
	c.mu.Unlock()
	if hasChanged && !isForgotten {
		c.changed(ctx, chatbot)
	}
}

// Start asks sidecars until the context is done. It implements manager.Runnable.
func (c *rollCall) Start(ctx context.Context) error {
	var running sync.WaitGroup
	for range askers {
		// These goroutines end when the queue is shut down.
		running.Go(func() {
			for {
				id, isShutDown := c.queue.Get()
				if isShutDown {
					return
				}
				c.ask(ctx, id)
				c.queue.Done(id)
			}
		})
	}
	<-ctx.Done()
	c.queue.ShutDown()
	running.Wait()
	return nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: the other replicas write no status.
func (c *rollCall) NeedLeaderElection() bool { return true }

// addAnswer sets what is known of the sidecar of the pod. A new leader has asked no sidecar yet: until it has, the status of before holds, so
// that it is not written twice. For it, a sidecar that was behind and is silent becomes unverified: the status counts sidecars without their names, so
// which one was behind is not known, and to count each silent one as behind would keep that count up after the one that was is gone. pod may be nil.
func (r *Reconciler) addAnswer(selected *selectedPod, pod *corev1.Pod, d *v1alpha1.ChatbotDeployment) {
	selected.id, selected.address = findSidecarID(pod)
	called := r.rollCall.find(selected.id)
	selected.answer = called.answer
	canBeAsked := r.Asker != nil && selected.address != ""
	selected.isAssumedCurrent = canBeAsked && !called.isAsked && d.Status.Workloads.Stale == 0
	selected.isSilent = canBeAsked && (called.isSilent() || selected.answer == nil && d.Status.Workloads.Unverified > 0)
}

// findSidecarID returns what identifies the run of the pod's sidecar, and the address of its admin port; "" if it cannot be asked. pod may be
// nil. In the network of a node, the address would be that of the node.
func findSidecarID(pod *corev1.Pod) (id sidecarID, address string) {
	if pod == nil || pod.Status.PodIP == "" || pod.Spec.HostNetwork {
		return sidecarID{}, ""
	}
	id.pod = pod.UID
	for _, s := range pod.Status.InitContainerStatuses {
		if s.Name == contract.Sidecar && s.State.Running != nil {
			id.started = s.State.Running.StartedAt.UTC()
		}
	}
	return id, net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(contract.SidecarAdminPort))
}
