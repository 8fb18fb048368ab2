package chatbot

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

const (
	// reloadPatience is how long after a change sidecars may say that they execute the configuration of before: kubelets take up to two minutes.
	reloadPatience = 5 * time.Minute
	// renewalPatience is how long sidecars may have the signature of before. It still holds, so nothing is at stake.
	renewalPatience = time.Hour
)

// expectation is what sidecars should say that they execute.
type expectation struct {
	execution
	// signed is when the configuration was signed; zero if it is not.
	signed time.Time
}

// newExpectation returns what sidecars should say at the time now, if the configuration in the cluster has the hash, and its signature states
// the statement. They need not have a new signature at once.
func newExpectation(hash string, statement seal.Statement, now time.Time) expectation {
	expected := expectation{execution: execution{hash: hash}}
	if statement.Serial == 0 {
		return expected
	}
	expected.signed = statement.NotBefore.Add(backdate)
	if !now.Before(expected.signed.Add(renewalPatience)) {
		expected.serial = statement.Serial
	}
	return expected
}

// isBehind reports whether the sidecar runs and says that it executes something else than expected, or that its configuration has expired. A silent
// one says nothing: its kubelet may have renewed the configuration since.
func (s selectedPod) isBehind(expected expectation) bool {
	return s.sidecar == sidecarRunning && s.answer != nil && !s.isSilent && !expected.agrees(s.answer)
}

// listBehind returns the names of the pods whose sidecar is behind, sorted.
func (o observation) listBehind(expected expectation) []string {
	return o.listPodNames(func(pod selectedPod) bool { return pod.isBehind(expected) })
}

// newBehind returns the condition WorkloadsGoverned for sidecars that are behind: Unknown while they may be, because kubelets are slower than
// the manager, and then False.
func newBehind(found observation, expected expectation, now time.Time) metav1.Condition {
	names := found.listBehind(expected)
	message := fmt.Sprintf("The sidecar does not execute the current configuration in %d of %s: %s.", len(names), formatCount(len(found.pods), "selected pod"), listNames(names))
	if now.Before(expected.signed.Add(reloadPatience)) {
		message += fmt.Sprintf(" It does once the kubelet has renewed its volume, usually within %d seconds.", reloadSeconds)
		return newCondition(v1alpha1.ConditionWorkloadsGoverned, metav1.ConditionUnknown, v1alpha1.ReasonSidecarBehind, message)
	}
	message += fmt.Sprintf(" `kubectl logs POD -c %s` says why it refuses the configuration, if it does. Otherwise, the kubelet does not renew its volume: delete these pods.",
		contract.Sidecar)
	return newCondition(v1alpha1.ConditionWorkloadsGoverned, metav1.ConditionFalse, v1alpha1.ReasonSidecarBehind, message)
}

// computeNextLook returns when the signature of the configuration gives a reason to look again: it has to be renewed, or a sidecar that does
// not have it yet is late. It returns the zero time if nothing is signed.
func (s desiredState) computeNextLook(found observation, now time.Time) time.Time {
	if s.statement.Serial == 0 {
		return time.Time{}
	}
	next := computeRenewal(s.statement)
	signed := s.statement.NotBefore.Add(backdate)
	for _, pod := range found.pods {
		if pod.sidecar != sidecarRunning || pod.answer == nil || pod.answer.Serial >= s.statement.Serial {
			continue
		}
		for _, late := range []time.Time{signed.Add(reloadPatience), signed.Add(renewalPatience)} {
			if late.After(now) && late.Before(next) {
				next = late
			}
		}
	}
	return next
}
