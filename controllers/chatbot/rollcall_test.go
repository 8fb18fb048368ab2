package chatbot

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/readback"
)

var support = types.NamespacedName{Namespace: "shop", Name: "support"}

// sayings are what sidecars say, by address. A sidecar that is not among them does not answer.
type sayings struct {
	answers map[string]readback.Answer
	asked   []string
	// sent are the addresses to which a configuration was sent. Those in takes take it.
	sent  []string
	takes map[string]readback.Answer
}

func (s *sayings) Send(_ context.Context, address string, config, signature []byte) (readback.Answer, error) {
	s.sent = append(s.sent, address)
	answer, ok := s.takes[address]
	if !ok || string(config) != "config" || string(signature) != "signature" {
		return readback.Answer{}, errors.New("not taken")
	}
	s.answers[address] = answer
	return answer, nil
}

func (s *sayings) Ask(_ context.Context, address string) (readback.Answer, error) {
	s.asked = append(s.asked, address)
	answer, ok := s.answers[address]
	if !ok {
		return readback.Answer{}, errors.New("no answer")
	}
	return answer, nil
}

// runningPod returns a pod whose sidecar runs at the address.
func runningPod(uid, address string) selectedPod {
	return selectedPod{name: uid, sidecar: sidecarRunning, id: sidecarID{pod: types.UID(uid)}, address: address}
}

// call makes a roll call of the sidecars, and asks those that are due now. It returns the chatbots whose answers changed.
func (s *sayings) call(t *testing.T, c *rollCall, pods []selectedPod, desired execution) {
	t.Helper()
	s.asked, s.sent = nil, nil
	c.expect(support, pods, desired, &signedFiles{"config", "signature"})
	for c.queue.Len() > 0 {
		id, _ := c.queue.Get()
		c.ask(t.Context(), id)
		c.queue.Done(id)
	}
	slices.Sort(s.asked)
	slices.Sort(s.sent)
}

func TestRollCallAsksUntilAnswersAgree(t *testing.T) {
	changes := 0
	says := &sayings{answers: map[string]readback.Answer{"a": {Hash: "new", Serial: 2}, "b": {Hash: "old", Serial: 1}}}
	c := newRollCall(says, func(context.Context, types.NamespacedName) { changes++ })
	pods := []selectedPod{
		runningPod("1", "a"), runningPod("2", "b"), runningPod("3", "c"), runningPod("4", ""),
		{name: "5", sidecar: sidecarDiffers, id: sidecarID{pod: "5"}, address: "e"},
	}
	says.call(t, c, pods, execution{"new", 2})
	if diff := cmp.Diff([]string{"a", "b", "c"}, says.asked); diff != "" || changes != 3 {
		t.Errorf("%d changes; asked (-want +got):\n%s", changes, diff)
	}
	want := map[string]*readback.Answer{"1": {Hash: "new", Serial: 2}, "2": {Hash: "old", Serial: 1}, "3": nil}
	for uid, answer := range want {
		called := c.find(sidecarID{pod: types.UID(uid)})
		if diff := cmp.Diff(answer, called.answer); diff != "" || !called.isAsked {
			t.Errorf("answer of %s, asked %t (-want +got):\n%s", uid, called.isAsked, diff)
		}
	}
	says.call(t, c, pods, execution{"new", 2})
	if len(says.asked) != 0 {
		t.Errorf("asked at once again: %q", says.asked)
	}
	// Another signature is written: it is left to the kubelets.
	says.call(t, c, pods, execution{"new", 3})
	if len(says.asked) != 0 || c.sidecars[support][sidecarID{pod: "1"}].wait() != firstRetry {
		t.Errorf("asked %q", says.asked)
	}
}

func TestRollCallSendsWhatChanged(t *testing.T) {
	taken := readback.Answer{Hash: "newer", Serial: 3}
	says := &sayings{
		answers: map[string]readback.Answer{"a": {Hash: "new", Serial: 2}, "b": {Hash: "new", Serial: 2}},
		takes:   map[string]readback.Answer{"a": taken},
	}
	c := newRollCall(says, func(context.Context, types.NamespacedName) {})
	pods := []selectedPod{runningPod("1", "a"), runningPod("2", "b"), runningPod("3", "c")}
	says.call(t, c, pods, execution{"new", 2})
	if len(says.sent) != 0 {
		t.Errorf("sent to %q, which executes it already", says.sent)
	}
	// At once, but not to a sidecar that does not answer. The one of b takes nothing, for example because it is of an earlier version.
	says.call(t, c, pods, execution{"newer", 3})
	if diff := cmp.Diff([]string{"a", "b"}, says.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	a, b := c.sidecars[support][sidecarID{pod: "1"}], c.sidecars[support][sidecarID{pod: "2"}]
	if *a.answer != taken || a.files != nil || b.answer.Hash != "new" || b.wait() != firstRetry {
		t.Errorf("after the change: %+v, %+v", a, b)
	}
	says.call(t, c, pods, execution{"newer", 3})
	if len(says.asked) != 0 {
		t.Errorf("asked at once again: %q", says.asked)
	}
}

func TestRollCallForgetsWhatIsGone(t *testing.T) {
	says := &sayings{answers: map[string]readback.Answer{"a": {Hash: "h"}}}
	c := newRollCall(says, func(context.Context, types.NamespacedName) {})
	pod := runningPod("1", "a")
	says.call(t, c, []selectedPod{pod}, execution{hash: "h"})
	restarted := pod
	restarted.id.started = noon
	says.call(t, c, []selectedPod{restarted}, execution{hash: "h"})
	before := c.find(pod.id).answer
	after := c.find(restarted.id).answer
	if before != nil || after == nil || len(says.asked) != 1 {
		t.Errorf("answers of before the restart are kept, or the sidecar is not asked again: %q", says.asked)
	}
	says.call(t, c, nil, execution{})
	if len(c.sidecars) != 0 || len(c.chatbots) != 0 {
		t.Errorf("%d chatbots and %d sidecars are kept", len(c.sidecars), len(c.chatbots))
	}
	// A question that was due when the pod went away.
	c.ask(t.Context(), restarted.id)
	if len(says.asked) != 0 {
		t.Errorf("asked %q", says.asked)
	}
}

func TestRollCallWaitsLonger(t *testing.T) {
	tests := map[string]struct {
		answer *readback.Answer
		want   map[int]time.Duration
	}{
		"it has never answered": {nil, map[int]time.Duration{
			0: 0, 1: firstRetry, 2: 2 * firstRetry, 8: 128 * firstRetry, 9: lastRetry, 1000: lastRetry,
		}},
		"it has answered": {&readback.Answer{}, map[int]time.Duration{
			0: firstRetry, 12: firstRetry, 13: 2 * firstRetry, 19: 128 * firstRetry, 20: lastRetry, 1000: lastRetry,
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[int]time.Duration{}
			for attempts := range tc.want {
				got[attempts] = (&calledSidecar{answer: tc.answer, attempts: attempts}).wait()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("waits by attempt (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRollCallRuns(t *testing.T) {
	changed := make(chan types.NamespacedName)
	c := newRollCall(&sayings{answers: map[string]readback.Answer{"a": {Hash: "h"}}}, func(_ context.Context, chatbot types.NamespacedName) {
		changed <- chatbot
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Start(ctx) }()
	c.expect(support, []selectedPod{runningPod("1", "a")}, execution{hash: "h"}, nil)
	if got := <-changed; got != support {
		t.Errorf("changed is %s", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A new leader does not write what it has not asked yet.
func TestStatusHoldsUntilSidecarsAreAsked(t *testing.T) {
	pod := &corev1.Pod{}
	pod.UID, pod.Status.PodIP = "1", "10.0.0.1"
	tests := map[string]struct {
		stale    int32
		isAsked  bool
		asker    Asker
		expected bool
	}{
		"not asked yet, none was stale":  {0, false, &sayings{}, true},
		"not asked yet, some were stale": {2, false, &sayings{}, false},
		"asked, and does not answer":     {0, true, &sayings{}, false},
		"sidecars are not asked":         {0, false, nil, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := newRollCall(tc.asker, func(context.Context, types.NamespacedName) {})
			r := &Reconciler{Options: Options{Asker: tc.asker}, rollCall: c}
			d := newDeclaration()
			d.Status.Workloads.Stale = tc.stale
			if tc.isAsked {
				(&sayings{}).call(t, c, []selectedPod{runningPod("1", "10.0.0.1:23090")}, execution{hash: "h"})
			}
			selected := selectedPod{sidecar: sidecarRunning, configHash: "earlier"}
			r.addAnswer(&selected, pod, d)
			if got := selected.isAssumedCurrent; got != tc.expected || selected.isStale(expectation{execution: execution{hash: "h"}}) == tc.expected {
				t.Errorf("assumed current: %t, want %t", got, tc.expected)
			}
		})
	}
}

// A sidecar that answers none of the first questions is unverified, also with the next configuration and for a new leader, until it answers.
func TestSilentSidecarsAreUnverified(t *testing.T) {
	changes := 0
	says := &sayings{answers: map[string]readback.Answer{}}
	c := newRollCall(says, func(context.Context, types.NamespacedName) { changes++ })
	pod, d := &corev1.Pod{}, newDeclaration()
	pod.UID, pod.Status.PodIP = "1", "10.0.0.1"
	id, address := findSidecarID(pod)
	running := []selectedPod{runningPod("1", address)}
	count := func(c *rollCall, asker Asker) int32 {
		selected := selectedPod{name: "bot-0", sidecar: sidecarRunning}
		(&Reconciler{Options: Options{Asker: asker}, rollCall: c}).addAnswer(&selected, pod, d)
		return countWorkloads(observation{declaration: d, pods: []selectedPod{selected}}, expectation{}).Unverified
	}
	says.call(t, c, running, execution{hash: "h"})
	if got := count(c, says); got != 0 || changes != 1 {
		t.Errorf("%d unverified and %d changes after one question", got, changes)
	}
	c.ask(t.Context(), id)
	c.ask(t.Context(), id)
	if got := count(c, says); got != 1 || changes != 2 {
		t.Errorf("%d unverified and %d changes after three questions", got, changes)
	}
	says.call(t, c, running, execution{hash: "next"})
	if got := count(c, says); got != 1 {
		t.Errorf("%d unverified after a change", got)
	}
	d.Status.Workloads.Unverified = 1
	if got := count(newRollCall(says, nil), says); got != 1 {
		t.Errorf("%d unverified for a new leader", got)
	}
	if got := count(newRollCall(nil, nil), nil); got != 0 {
		t.Errorf("%d unverified where nobody asks", got)
	}
	says.answers[address] = readback.Answer{Hash: "next"}
	c.ask(t.Context(), id)
	if got := count(c, says); got != 0 || changes != 3 {
		t.Errorf("%d unverified and %d changes after an answer", got, changes)
	}
}

// A sidecar that has answered and then cannot be reached is unverified after a change, and not behind for ever: its kubelet renews its file.
func TestSidecarsThatCanNoLongerBeReachedAreUnverified(t *testing.T) {
	const address = "10.0.0.1:23090"
	changes := 0
	says := &sayings{answers: map[string]readback.Answer{address: {Hash: "old"}}}
	c := newRollCall(says, func(context.Context, types.NamespacedName) { changes++ })
	pod, id := &corev1.Pod{}, sidecarID{pod: "1"}
	pod.UID, pod.Status.PodIP = "1", "10.0.0.1"
	running := []selectedPod{runningPod("1", address)}
	check := func(when, hash string, behind int, wantChanges int, want v1alpha1.WorkloadCounts) {
		t.Helper()
		selected := selectedPod{name: "bot-0", sidecar: sidecarRunning, configHash: "old"}
		(&Reconciler{Options: Options{Asker: says}, rollCall: c}).addAnswer(&selected, pod, newDeclaration())
		found, expected := observation{declaration: newDeclaration(), pods: []selectedPod{selected}}, expectation{execution: execution{hash: hash}}
		if got := len(found.listBehind(expected)); got != behind || changes != wantChanges {
			t.Errorf("%s: %d behind and %d changes, want %d and %d", when, got, changes, behind, wantChanges)
		}
		if diff := cmp.Diff(want, countWorkloads(found, expected)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	current := v1alpha1.WorkloadCounts{Governed: 1, Injected: 1, Summary: "1/1"}
	unverified := v1alpha1.WorkloadCounts{Governed: 1, Injected: 1, Unverified: 1, Stale: 1, Summary: "1/1"}
	says.call(t, c, running, execution{hash: "old"})
	check("it answers", "old", 0, 1, current)
	delete(says.answers, address)
	says.call(t, c, running, execution{hash: "new"})
	c.ask(t.Context(), id)
	check("two questions are lost", "new", 1, 1, v1alpha1.WorkloadCounts{Governed: 1, Stale: 1, Summary: "0/1"})
	c.ask(t.Context(), id)
	check("three are lost", "new", 0, 2, unverified)
	// What it said before the change is no answer to what is desired now.
	says.call(t, c, running, execution{hash: "old"})
	if diff := cmp.Diff([]string{address}, says.asked); diff != "" {
		t.Errorf("asked after the change is taken back (-want +got):\n%s", diff)
	}
	says.answers[address] = readback.Answer{Hash: "old"}
	c.ask(t.Context(), id)
	check("it answers as before", "old", 0, 3, current)
	delete(says.answers, address)
	says.call(t, c, running, execution{hash: "new"})
	check("one more is lost", "new", 1, 3, v1alpha1.WorkloadCounts{Governed: 1, Stale: 1, Summary: "0/1"})
}

// A sidecar that says that it executes something else than it should does not count as unverified, which would look better, once it says nothing.
func TestSidecarsThatRefuseAndFallSilentAreBehind(t *testing.T) {
	const address = "10.0.0.1:23090"
	says := &sayings{answers: map[string]readback.Answer{address: {Hash: "own"}}}
	c := newRollCall(says, func(context.Context, types.NamespacedName) {})
	pod, id := &corev1.Pod{}, sidecarID{pod: "1"}
	pod.UID, pod.Status.PodIP = "1", "10.0.0.1"
	running := []selectedPod{runningPod("1", address)}
	check := func(when, hash, want string) {
		t.Helper()
		selected := selectedPod{name: "bot-0", sidecar: sidecarRunning, configHash: "h"}
		(&Reconciler{Options: Options{Asker: says}, rollCall: c}).addAnswer(&selected, pod, newDeclaration())
		found, expected := observation{declaration: newDeclaration(), pods: []selectedPod{selected}}, expectation{execution: execution{hash: hash}}
		got := newWorkloadsGoverned(found, expected, noon.Add(time.Hour))
		if string(got.Status)+"/"+got.Reason != want {
			t.Errorf("%s: %s/%s, want %s", when, got.Status, got.Reason, want)
		}
	}
	says.call(t, c, running, execution{hash: "h"})
	check("it refuses", "h", "False/SidecarBehind")
	delete(says.answers, address)
	for range silentAfter + 1 {
		c.ask(t.Context(), id)
	}
	check("it is silent", "h", "False/SidecarBehind")
	says.call(t, c, running, execution{hash: "next"})
	for range silentAfter {
		c.ask(t.Context(), id)
	}
	check("it is silent, and the configuration changes", "next", "False/SidecarBehind")
	says.answers[address] = readback.Answer{Hash: "next"}
	c.ask(t.Context(), id)
	check("it agrees", "next", "True/AllGoverned")
	delete(says.answers, address)
	says.call(t, c, running, execution{hash: "last"})
	for range silentAfter {
		c.ask(t.Context(), id)
	}
	check("it is silent after it agreed", "last", "True/AllGoverned")
}

func TestFindSidecarID(t *testing.T) {
	newPod := func(change func(*corev1.Pod)) *corev1.Pod {
		pod := &corev1.Pod{}
		pod.UID, pod.Status.PodIP = "u", "fd00::1"
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{
			Name: contract.Sidecar, Started: ptr.To(true), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(noon)}},
		}}
		if change != nil {
			change(pod)
		}
		return pod
	}
	tests := map[string]struct {
		pod     *corev1.Pod
		id      sidecarID
		address string
	}{
		"a running sidecar":                   {newPod(nil), sidecarID{"u", noon}, "[fd00::1]:23090"},
		"no address yet":                      {newPod(func(p *corev1.Pod) { p.Status.PodIP = "" }), sidecarID{}, ""},
		"in the network of a node: not asked": {newPod(func(p *corev1.Pod) { p.Spec.HostNetwork = true }), sidecarID{}, ""},
		"not known yet":                       {nil, sidecarID{}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if id, address := findSidecarID(tc.pod); id != tc.id || address != tc.address {
				t.Errorf("%+v at %q, want %+v at %q", id, address, tc.id, tc.address)
			}
		})
	}
}
