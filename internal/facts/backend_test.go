package facts_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestNameWorkload(t *testing.T) {
	for name, tc := range map[string]struct {
		kind, controller string
		labels           map[string]string
		want             string
	}{
		"a Deployment":               {"ReplicaSet", "shop-5d8f", map[string]string{"pod-template-hash": "5d8f"}, "Deployment shop"},
		"a Rollout":                  {"ReplicaSet", "shop-5d8f", map[string]string{"rollouts-pod-template-hash": "5d8f"}, "Rollout shop"},
		"a ReplicaSet of its own":    {"ReplicaSet", "shop-5d8f", nil, "ReplicaSet shop-5d8f"},
		"a ReplicaSet named by hand": {"ReplicaSet", "shop", map[string]string{"pod-template-hash": "5d8f"}, "ReplicaSet shop"},
		"a StatefulSet":              {"StatefulSet", "shop", map[string]string{"pod-template-hash": "shop"}, "StatefulSet shop"},
		"a CloneSet":                 {"CloneSet", "shop", nil, "CloneSet shop"},
		"a LeaderWorkerSet":          {"StatefulSet", "shop-0", map[string]string{"leaderworkerset.sigs.k8s.io/name": "shop"}, "LeaderWorkerSet shop"},
		"an InferenceService":        {"ReplicaSet", "shop-predictor-5d8f", map[string]string{"pod-template-hash": "5d8f", "serving.kserve.io/inferenceservice": "shop"}, "InferenceService shop"},
		"no controller":              {"", "", nil, "Pod bot"},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bot", Labels: tc.labels}}
		if tc.kind != "" {
			pod.OwnerReferences = []metav1.OwnerReference{{Kind: "Node", Name: "n"}, {Kind: tc.kind, Name: tc.controller, Controller: ptr.To(true)}}
		}
		if got := facts.NameWorkload(pod); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
