package chatbot

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestRunningSaysWhatBecomesOfPods(t *testing.T) {
	audited := denyVerdict()
	audited.Outcome = policy.OutcomeWarn
	served := &v1alpha1.RunningState{Action: v1alpha1.RunningServe, Since: metav1.NewTime(noon.Add(-time.Hour))}
	quarantined := &v1alpha1.RunningState{Action: v1alpha1.RunningQuarantine, Since: served.Since}
	tests := map[string]struct {
		before      *v1alpha1.RunningState
		isSuspended bool
		verdict     policy.Verdict
		want        v1alpha1.RunningAction
		since       time.Time
	}{
		"it complies":                     {nil, false, allowVerdict(), v1alpha1.RunningServe, noon},
		"it still complies":               {served, false, warnVerdict(), v1alpha1.RunningServe, served.Since.Time},
		"it is only warned about":         {served, false, audited, v1alpha1.RunningWarn, noon},
		"it is denied":                    {served, false, denyVerdict(), v1alpha1.RunningKeep, noon},
		"it is quarantined":               {served, false, quarantineVerdict(), v1alpha1.RunningQuarantine, noon},
		"quarantined, and denied since":   {quarantined, false, denyVerdict(), v1alpha1.RunningQuarantine, served.Since.Time},
		"it complies again":               {quarantined, false, allowVerdict(), v1alpha1.RunningServe, noon},
		"no decision":                     {quarantined, false, undecideVerdict(), v1alpha1.RunningQuarantine, served.Since.Time},
		"no decision yet":                 {nil, false, undecideVerdict(), "", time.Time{}},
		"suspended":                       {served, true, allowVerdict(), v1alpha1.RunningSuspend, noon},
		"suspended and denied":            {served, true, denyVerdict(), v1alpha1.RunningSuspend, noon},
		"suspended without configuration": {nil, true, undecideVerdict(), "", time.Time{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: newDeclaration()}
			found.declaration.Status.Running, found.declaration.Spec.Suspended = tc.before, tc.isSuspended
			got := newStatus(found, tc.verdict, plan(found, tc.verdict, renderValid), nil, noon).Running
			if tc.want == "" {
				if got != nil {
					t.Errorf("want nothing, got %+v", got)
				}
				return
			}
			if got == nil || got.Action != tc.want || !got.Since.Time.Equal(tc.since) {
				t.Errorf("want %s since %s, got %+v", tc.want, tc.since, got)
			}
		})
	}
}

// TestKillSwitchWorksWhateverElseIsWrong: the existing configuration is stopped while no new one can be made, and stays stopped without a write.
func TestKillSwitchWorksWhateverElseIsWrong(t *testing.T) {
	stalled := cause{reason: v1alpha1.ReasonOverlappingSelector, message: "…"}
	for name, tc := range map[string]struct {
		stalled cause
		verdict policy.Verdict
	}{
		"no decision is reached":      {verdict: undecideVerdict()},
		"the selector cannot be used": {stalled: stalled, verdict: allowVerdict()},
	} {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: newDeclaration(), keys: oldRing}
			found.objects.configMap = signConfig(t, found, oldRing, noon)
			found.declaration.Spec.Suspended, found.stalledBecause = true, tc.stalled
			for range 2 {
				desired := plan(found, tc.verdict, renderValid)
				if err := desired.sign(found.withKeys(oldRing), noon); err != nil {
					t.Fatal(err)
				}
				config, err := sidecarconfig.Parse([]byte(desired.objects.configMap.Data[contract.SidecarConfigKey]))
				if err != nil || !config.Suspended {
					t.Fatalf("the configuration is not stopped: %+v, %v", config, err)
				}
				if running := newStatus(found, tc.verdict, desired, nil, noon).Running; running == nil || running.Action != v1alpha1.RunningSuspend {
					t.Errorf("running is %+v", running)
				}
				if found.objects.configMap.Annotations["seen"] = "yes"; matchesConfigMap(desired.objects.configMap, found.objects.configMap) {
					return
				}
				found.objects.configMap = desired.objects.configMap
			}
			t.Error("the configuration is written again and again")
		})
	}
}

func TestStoppedConfigurationIsOneThatTheManagerSigned(t *testing.T) {
	found := observation{declaration: newDeclaration(), keys: oldRing}
	found.objects.configMap = signConfig(t, found, lostRing, noon)
	found.declaration.Spec.Suspended = true
	if desired := plan(found, undecideVerdict(), renderValid); desired.objects.configMap != nil {
		t.Error("a configuration of somebody else is taken")
	}
}

// The condition does not say that the chatbot answers again while the pods keep the configuration that stopped it.
func TestSuspendedStaysWhilePodsKeepTheirConfiguration(t *testing.T) {
	found := observation{declaration: newDeclaration()}
	found.declaration.Status.Conditions = []metav1.Condition{
		newCondition(v1alpha1.ConditionSuspended, metav1.ConditionTrue, v1alpha1.ReasonSuspendedByUser, "…"),
	}
	for want, verdict := range map[bool]policy.Verdict{true: denyVerdict(), false: allowVerdict()} {
		status := newStatus(found, verdict, plan(found, verdict, renderValid), nil, noon)
		if got := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionSuspended); got != want {
			t.Errorf("%s: Suspended is %t", verdict.Outcome, got)
		}
	}
}
