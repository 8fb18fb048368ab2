package chatbot

import (
	"fmt"
	"hash/fnv"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

const (
	// maxAge is how long a sidecar executes a configuration that the manager does not sign again: a week. If the manager does not run, or a
	// node does not get the new file, sidecars refuse exchanges after it, because the rules may have changed.
	maxAge = 7 * 24 * time.Hour
	// renewFrom and renewUntil are the ages between which a configuration is signed again, spread by the name of the chatbot. The manager can
	// be away for half a week before the first sidecar refuses anything. 10,000 chatbots cause 2 to 4 writes a minute.
	renewFrom, renewUntil = maxAge / 4, maxAge / 2
	// backdate is how far in the past the validity begins, for nodes whose clock is behind.
	backdate = time.Hour
)

// sign adds the signature to the desired ConfigMap, and the statement. A signature that holds stays as it is. sign is pure.
func (s *desiredState) sign(found observation, now time.Time) error {
	if s.objects.configMap == nil {
		return nil
	}
	signature, statement := findSignature(found.selectOwn(), found.keys)
	s.keepRevision(found, statement, now)
	config := s.objects.configMap.Data[contract.SidecarConfigKey]
	if !holds(statement, found.declaration, config, now) {
		statement = newStatement(found.declaration, config, statement.Serial, now)
		signed, err := seal.Sign(statement, found.keys.Signers()...)
		if err != nil {
			return fmt.Errorf("sign configuration: %w", err)
		}
		signature = string(signed)
	}
	s.objects.configMap.Data[contract.SidecarSignatureKey] = signature
	s.statement = statement
	return nil
}

// keepRevision puts the existing configuration in place of the desired one if they differ only in the policy revision, and the statement about
// the existing one holds. A policy that changes nothing for a chatbot is so not written into its configuration before the next signature.
func (s *desiredState) keepRevision(found observation, statement seal.Statement, now time.Time) {
	existing := found.objects.configMap
	if existing == nil || s.config.Revision == "" {
		return
	}
	revision, config := existing.Annotations[v1alpha1.AnnotationPolicyRevision], existing.Data[contract.SidecarConfigKey]
	if revision == s.config.Revision || !holds(statement, found.declaration, config, now) {
		return
	}
	earlier := s.config
	earlier.Revision = revision
	if data, err := earlier.Marshal(); err != nil || string(data) != config {
		return
	}
	s.config = earlier
	s.objects.configMap.Annotations[v1alpha1.AnnotationPolicyRevision] = revision
	s.objects.configMap.Data[contract.SidecarConfigKey] = config
}

// takeFiles returns the files for sidecars, or nil if the ConfigMap does not have them: what a pod executes must be what its volume will have.
func (s *desiredState) takeFiles(applyErr error) *signedFiles {
	if s.objects.configMap == nil || applyErr != nil {
		return nil
	}
	data := s.objects.configMap.Data
	return &signedFiles{data[contract.SidecarConfigKey], data[contract.SidecarSignatureKey]}
}

// selectOwn returns the existing ConfigMap, or the one that was there before another client changed or deleted it, if only that is one that the
// manager has signed.
func (o observation) selectOwn() *corev1.ConfigMap {
	if !isSigned(o.objects.configMap, o.keys) && isSigned(o.lost.configMap, o.keys) {
		return o.lost.configMap
	}
	return o.objects.configMap
}

// copyOwnConfigMap returns the existing ConfigMap as this reconciler would write it, or nil if its configuration is not one that the manager
// has signed for this declaration. So running pods keep it, and nothing that others wrote is ever signed.
func copyOwnConfigMap(found observation) *corev1.ConfigMap {
	existing := found.selectOwn()
	if _, statement := findSignature(existing, found.keys); !isSigned(existing, found.keys) || statement.UID != string(found.declaration.UID) {
		return nil
	}
	meta := newObjectMeta(found)
	meta.Annotations = maps.Clone(existing.Annotations)
	maps.DeleteFunc(meta.Annotations, func(key, _ string) bool {
		return key != v1alpha1.AnnotationConfigHash && key != v1alpha1.AnnotationPolicyRevision
	})
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: meta,
		Data: map[string]string{contract.SidecarConfigKey: existing.Data[contract.SidecarConfigKey]},
	}
}

// findSignature returns the signature of the existing ConfigMap, and what it states; both are zero if none of the keys has signed it.
func findSignature(existing *corev1.ConfigMap, ring keyring.Ring) (string, seal.Statement) {
	if existing == nil {
		return "", seal.Statement{}
	}
	signature := existing.Data[contract.SidecarSignatureKey]
	statement, err := seal.Open([]byte(signature), ring.Verifiers())
	if err != nil {
		return "", seal.Statement{}
	}
	return signature, statement
}

// holds reports whether the statement is about this configuration of this declaration, and needs no renewal yet. A statement from the future
// was made by a clock that has been set back since.
func holds(s seal.Statement, d *v1alpha1.ChatbotDeployment, config string, now time.Time) bool {
	return s.Chatbot == d.Namespace+"/"+d.Name && s.UID == string(d.UID) && s.Digest == seal.ComputeDigest([]byte(config)) &&
		now.Before(computeRenewal(s)) && !now.Before(s.NotBefore)
}

// newStatement returns the statement about a configuration, later than the one with the previous serial. Serials are the milliseconds of Unix
// time, so that they also grow if the ConfigMap, and with it the previous serial, is lost.
func newStatement(d *v1alpha1.ChatbotDeployment, config string, previous int64, now time.Time) seal.Statement {
	now = now.UTC()
	issued := now.Truncate(time.Second)
	return seal.Statement{
		Chatbot: d.Namespace + "/" + d.Name, UID: string(d.UID), Digest: seal.ComputeDigest([]byte(config)),
		Serial: max(now.UnixMilli(), previous+1), NotBefore: issued.Add(-backdate), Expires: issued.Add(maxAge),
	}
}

// computeRenewal returns when the manager signs again what the statement is about.
func computeRenewal(s seal.Statement) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.Chatbot))
	spread := time.Duration(h.Sum64() % uint64(renewUntil-renewFrom))
	return s.Expires.Add(renewFrom + spread - maxAge)
}
