package chatbot

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
	"github.com/chaperone-dev/chaperone/test/builders"
)

var (
	oldRing  = keyring.NewRing(builders.Key(1, noon))
	bothRing = keyring.NewRing(builders.Key(1, noon), builders.Key(2, noon))
	lostRing = keyring.NewRing(builders.Key(3, noon))
)

// withKeys returns the observation with the keys.
func (o observation) withKeys(ring keyring.Ring) observation {
	o.keys = ring
	return o
}

// signConfig returns the ConfigMap that a reconcile writes at the time if the declaration is allowed, with the signature.
func signConfig(t *testing.T, found observation, ring keyring.Ring, now time.Time) *corev1.ConfigMap {
	t.Helper()
	desired := plan(found, allowVerdict(), renderValid)
	if err := desired.sign(found.withKeys(ring), now); err != nil {
		t.Fatal(err)
	}
	return desired.objects.configMap
}

// open returns what the signature of the ConfigMap states, as a sidecar with the keys of the ring reads it.
func open(t *testing.T, configMap *corev1.ConfigMap, ring keyring.Ring) seal.Statement {
	t.Helper()
	s, err := seal.Open([]byte(configMap.Data[contract.SidecarSignatureKey]), ring.Verifiers())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignStatesWhatTheSidecarExecutes(t *testing.T) {
	configMap := signConfig(t, observation{declaration: newDeclaration()}, bothRing, noon.Add(300*time.Millisecond))
	want := seal.Statement{
		Chatbot: "shop/support", UID: "u-1", Digest: seal.ComputeDigest([]byte(configMap.Data[contract.SidecarConfigKey])),
		Serial: noon.UnixMilli() + 300, NotBefore: noon.Add(-time.Hour), Expires: noon.Add(7 * 24 * time.Hour),
	}
	for _, ring := range []keyring.Ring{oldRing, bothRing, keyring.NewRing(builders.Key(2, noon))} {
		if diff := cmp.Diff(want, open(t, configMap, ring)); diff != "" {
			t.Errorf("statement (-want +got):\n%s", diff)
		}
	}
}

func TestSignMakesANewSignatureOnlyWhenItMust(t *testing.T) {
	first := signConfig(t, observation{declaration: newDeclaration()}, oldRing, noon)
	tests := map[string]struct {
		change func(*observation)
		ring   keyring.Ring
		now    time.Time
		signed bool
	}{
		"nothing changed": {nil, oldRing, noon.Add(time.Hour), false},
		"a key is added: the next regular signature has it":     {nil, bothRing, noon.Add(time.Hour), false},
		"shortly before half of the maximum age, at the latest": {nil, oldRing, noon.Add(renewUntil), true},
		"not before a quarter of the maximum age":               {nil, oldRing, noon.Add(renewFrom - time.Second), false},
		"the key is lost":                      {nil, lostRing, noon.Add(time.Hour), true},
		"the content changed":                  {func(o *observation) { o.declaration.Spec.Suspended = true }, oldRing, noon.Add(time.Hour), true},
		"the object was created again":         {func(o *observation) { o.declaration.UID = types.UID("u-2") }, oldRing, noon.Add(time.Hour), true},
		"another client removed the signature": {func(o *observation) { delete(o.objects.configMap.Data, contract.SidecarSignatureKey) }, oldRing, noon.Add(time.Hour), true},
		"the signature is of another configuration": {func(o *observation) {
			o.objects.configMap.Data[contract.SidecarSignatureKey] = signConfig(t, observation{declaration: suspendedDeclaration()}, oldRing, noon).Data[contract.SidecarSignatureKey]
		}, oldRing, noon.Add(time.Hour), true},
		"the clock was set back": {nil, oldRing, noon.Add(-2 * time.Hour), true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: newDeclaration(), objects: objects{configMap: first.DeepCopy()}}
			if tc.change != nil {
				tc.change(&found)
			}
			second := signConfig(t, found, tc.ring, tc.now)
			before, after := first.Data[contract.SidecarSignatureKey], second.Data[contract.SidecarSignatureKey]
			if (before != after) != tc.signed {
				t.Errorf("signed again: %t, want %t", before != after, tc.signed)
			}
			if _, known := found.objects.configMap.Data[contract.SidecarSignatureKey]; known && tc.signed && tc.now.After(noon) &&
				open(t, second, tc.ring).Serial <= noon.UnixMilli() {
				t.Error("the serial does not grow")
			}
		})
	}
}

func TestSerialGrowsWhenTheClockWasSetBack(t *testing.T) {
	first := signConfig(t, observation{declaration: newDeclaration()}, oldRing, noon)
	found := observation{declaration: newDeclaration(), objects: objects{configMap: first}}
	second := signConfig(t, found, oldRing, noon.Add(-2*time.Hour))
	if got, want := open(t, second, oldRing).Serial, noon.UnixMilli()+1; got != want {
		t.Errorf("serial %d, want %d", got, want)
	}
}

func TestSignRenewsWhatStaysAsItIs(t *testing.T) {
	first := signConfig(t, observation{declaration: newDeclaration()}, oldRing, noon)
	first.Annotations["other.example/note"] = "x"
	late := noon.Add(renewUntil)
	tests := map[string]struct {
		change func(*observation)
		ring   keyring.Ring
		signed bool
	}{
		"the manager has signed it":       {nil, oldRing, true},
		"another client has changed it":   {func(o *observation) { o.objects.configMap.Data[contract.SidecarConfigKey] += " " }, oldRing, false},
		"the key is lost":                 {nil, lostRing, false},
		"there is none":                   {func(o *observation) { o.objects.configMap = nil }, oldRing, false},
		"it is that of an earlier object": {func(o *observation) { o.declaration.UID = "u-2" }, oldRing, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := observation{declaration: newDeclaration(), objects: objects{configMap: first.DeepCopy()}, keys: tc.ring}
			if tc.change != nil {
				tc.change(&found)
			}
			desired := plan(found, denyVerdict(), renderValid)
			if err := desired.sign(found.withKeys(tc.ring), late); err != nil {
				t.Fatal(err)
			}
			if (desired.objects.configMap != nil) != tc.signed {
				t.Fatalf("ConfigMap to apply: %v", desired.objects.configMap)
			}
			if !tc.signed {
				return
			}
			want := first.DeepCopy()
			delete(want.Annotations, "other.example/note")
			want.Data[contract.SidecarSignatureKey] = desired.objects.configMap.Data[contract.SidecarSignatureKey]
			if diff := cmp.Diff(want, desired.objects.configMap); diff != "" {
				t.Errorf("ConfigMap (-want +got):\n%s", diff)
			}
			if got := open(t, desired.objects.configMap, oldRing); got.Expires != late.Add(maxAge) || !computeRenewal(desired.statement).After(late) {
				t.Errorf("expires at %s, next signature at %s", got.Expires, computeRenewal(desired.statement))
			}
		})
	}
}

func TestRenewalsAreSpread(t *testing.T) {
	quarters := map[int]int{}
	for i := range 1000 {
		s := seal.Statement{Chatbot: fmt.Sprintf("shop/bot-%d", i), Expires: noon.Add(maxAge)}
		after := computeRenewal(s).Sub(noon)
		if after < renewFrom || after >= renewUntil {
			t.Fatalf("signed again after %s, want %s to %s", after, renewFrom, renewUntil)
		}
		quarters[int((after-renewFrom)*4/(renewUntil-renewFrom))]++
	}
	for quarter, count := range quarters {
		if count < 150 || count > 350 {
			t.Errorf("%d of 1000 renewals in quarter %d", count, quarter)
		}
	}
}

// suspendedDeclaration has another configuration than newDeclaration.
func suspendedDeclaration() (d *v1alpha1.ChatbotDeployment) {
	d = newDeclaration()
	d.Spec.Suspended = true
	return d
}
