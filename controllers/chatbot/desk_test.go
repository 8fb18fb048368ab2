package chatbot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestFindDesk(t *testing.T) {
	humans := types.NamespacedName{Namespace: "shop", Name: "humans"}
	for url, want := range map[string]types.NamespacedName{
		"http://humans.shop.svc:8080/handoff":       humans,
		"http://humans.shop.svc/handoff":            humans,
		"https://Humans.shop.svc.cluster.local":     humans,
		"http://humans.shop.svc.cluster.local.:80/": humans,
		"https://humans.shop/handoff":               {}, // shop is a domain.
		"https://humans/handoff":                    {},
		"https://humans.shop.svc.example/handoff":   {},
		"https://desk.shop.example/handoff":         {},
		"tel:+442079460000":                         {},
		"":                                          {},
	} {
		d := newDeclaration()
		d.Spec.Oversight = &v1alpha1.Oversight{Handoff: &v1alpha1.Handoff{URL: v1alpha1.URL(url)}}
		if got := findDesk(d); got != want {
			t.Errorf("%q: %s, want %s", url, got, want)
		}
	}
	if got := findDesk(newDeclaration()); got.Name != "" {
		t.Errorf("without a handoff: %s", got)
	}
}

func TestDesksAreThoseOfTheirDeclarations(t *testing.T) {
	humans, others := types.NamespacedName{Namespace: "shop", Name: "humans"}, types.NamespacedName{Namespace: "shop", Name: "others"}
	sales := types.NamespacedName{Namespace: "shop", Name: "sales"}
	k := newDesks()
	for _, chatbot := range []types.NamespacedName{support, sales, support} {
		k.set(chatbot, humans)
	}
	if got := k.list(humans); !slices.Equal(got, []types.NamespacedName{support, sales}) {
		t.Errorf("declarations %v", got)
	}
	k.see(humans, true, noon)
	if got := k.see(humans, true, noon.Add(time.Hour)); !got.Equal(noon) {
		t.Errorf("down since %s", got)
	}
	k.set(support, others)
	k.set(sales, types.NamespacedName{})
	if got := k.list(others); !slices.Equal(got, []types.NamespacedName{support}) || k.list(humans) != nil || len(k.byChatbot) != 1 || len(k.downSince) != 0 {
		t.Errorf("declarations %v, %+v", got, k)
	}
}

// demandsHuman is a verdict by which people can reach a human from the chat.
func demandsHuman(mode string) policy.Verdict {
	verdict := allowVerdict()
	verdict.Obligations = &obligation.Set{}
	verdict.Obligations.Handoff.Mode.Merged = obligation.Merged[string]{Required: true, Value: mode}
	return verdict
}

// TestConversationsBeginAsLongAsTheDeskAnswers: a restart of the desk is no outage, and an outage ends as soon as the desk answers.
func TestConversationsBeginAsLongAsTheDeskAnswers(t *testing.T) {
	undecided := policy.Verdict{Outcome: policy.OutcomeUndecided, Reason: "timeout"}
	denied := demandsHuman("on-request")
	denied.Outcome, denied.Compliant = policy.OutcomeDeny, false
	for name, tc := range map[string]struct {
		verdict       policy.Verdict
		earlier       metav1.ConditionStatus
		down          time.Duration
		want          string
		isUnavailable bool
		next          time.Duration
	}{
		"it answers":                                        {demandsHuman("on-request"), "", 0, "True/HandoffAvailable", false, 0},
		"it restarts":                                       {demandsHuman("on-request"), metav1.ConditionTrue, 20 * time.Second, "True/HandoffAvailable", false, 40 * time.Second},
		"it is down":                                        {demandsHuman("on-request"), metav1.ConditionTrue, deskPatience, "False/HandoffUnavailable", true, 0},
		"it is down, at any time":                           {demandsHuman("on-request-any-time"), metav1.ConditionTrue, deskPatience, "False/HandoffUnavailable", true, 0},
		"it is down, as an earlier leader found":            {demandsHuman("on-request"), metav1.ConditionFalse, time.Second, "False/HandoffUnavailable", true, 0},
		"it answers again":                                  {demandsHuman("on-request"), metav1.ConditionFalse, 0, "True/HandoffAvailable", false, 0},
		"it is down, and a contact is enough":               {demandsHuman("contact-offered"), "", time.Hour, "", false, 0},
		"it is down, and nothing is demanded":               {allowVerdict(), "", time.Hour, "", false, 0},
		"it is down, and no decision is reached":            {undecided, metav1.ConditionFalse, time.Hour, "False/HandoffUnavailable", true, 0},
		"it is down, and no decision was ever reached":      {undecided, "", time.Hour, "", false, 0},
		"it is down, and the declaration is denied by then": {denied, metav1.ConditionTrue, time.Hour, "False/HandoffUnavailable", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			if tc.earlier != "" {
				d.Status.Conditions = []metav1.Condition{newCondition(v1alpha1.ConditionHandoffAvailable, tc.earlier, "Earlier", "…")}
			}
			found := observation{declaration: d, desk: desk{service: types.NamespacedName{Namespace: "shop", Name: "humans"}}}
			if tc.down > 0 {
				found.desk.downSince = noon.Add(-tc.down)
			}
			found.judgeDesk(tc.verdict, noon)
			status := newStatus(found, tc.verdict, desiredState{objects: objects{configMap: newConfigMap(found, nil, "")}}, nil, noon)
			got := ""
			if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionHandoffAvailable); c != nil {
				got = string(c.Status) + "/" + c.Reason
				if !strings.Contains(c.Message, "shop/humans") {
					t.Errorf("message %q", c.Message)
				}
			}
			if got != tc.want || found.desk.isUnavailable != tc.isUnavailable {
				t.Errorf("condition %q, unavailable: %t; want %q, %t", got, found.desk.isUnavailable, tc.want, tc.isUnavailable)
			}
			if next := found.desk.computeLate(noon); next != tc.next {
				t.Errorf("next look after %s, want %s", next, tc.next)
			}
			config := sidecarconfig.Config{Handoff: &sidecarconfig.Handoff{Mode: "on-request"}}
			shared := config.Handoff
			if changed := found.desk.apply(&config); changed != tc.isUnavailable || config.Handoff.Unavailable != tc.isUnavailable || shared.Unavailable {
				t.Errorf("configuration %+v, changed: %t", config.Handoff, changed)
			}
		})
	}
}

// TestConfigurationThatStaysKnowsTheDesk: also while the declaration is denied, the existing configuration follows the desk.
func TestConfigurationThatStaysKnowsTheDesk(t *testing.T) {
	found := observation{declaration: newDeclaration(), keys: oldRing}
	data, err := sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "r1", Redact: []string{}, Handoff: &sidecarconfig.Handoff{Mode: "on-request"},
		Ports: []sidecarconfig.Port{{Name: "http", Shape: sidecarconfig.DefaultShape, Listen: ":23100"}},
	}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	desired := desiredState{objects: objects{configMap: newConfigMap(found, data, "r1")}}
	if err := desired.sign(found, noon); err != nil {
		t.Fatal(err)
	}
	found.objects.configMap = desired.objects.configMap
	kept := func() sidecarconfig.Config {
		t.Helper()
		objects, isStopped := keepExisting(found)
		if objects.configMap == nil || isStopped {
			t.Fatalf("objects %+v, stopped: %t", objects, isStopped)
		}
		config, err := sidecarconfig.Parse([]byte(objects.configMap.Data["config.json"]))
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	if kept().Handoff.Unavailable {
		t.Error("the desk is unavailable")
	}
	found.desk.isUnavailable = true
	if !kept().Handoff.Unavailable {
		t.Error("the desk is available")
	}
}
