package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// showOwnRule shows that a module of the organisation is compiled before it is adopted: a bad one is refused, a good one becomes Ready.
func showOwnRule(ctx context.Context, s *stage) error {
	err := s.showRefused(ctx, []string{"package governance.retention is reserved", "organisation."},
		"apply", "-f", "config/samples/organisation/reserved-package.yaml")
	if err != nil {
		return err
	}
	sample, err := os.ReadFile(filepath.Join(s.root, "config/samples/organisation/own-rule.yaml"))
	if err != nil {
		return err
	}
	policy, _, _ := strings.Cut(string(sample), "\n---\n")
	s.say("A good one, the GovernancePolicy of config/samples/organisation/own-rule.yaml:")
	if _, err := s.kubectlWith(ctx, policy, "apply", "-f", "-"); err != nil {
		return err
	}
	_, waited := s.kubectl(ctx, "wait", "--for=condition=Ready", "--timeout=60s", "governancepolicy/house")
	shown, err := s.show(ctx, "get", "governancepolicies")
	_, deleted := s.kubectl(ctx, "delete", "governancepolicy/house")
	return errors.Join(waited, err, deleted, checkContains(shown, "house", "Quarantine", "True"))
}

// approveException shows that an exception waives a rule once a user other than its requester has approved it.
func approveException(ctx context.Context, s *stage) error {
	for _, who := range [][]string{{"shop-team", "chatbot-editor"}, {"privacy-office", "chaperone-exception-approver"}} {
		if _, err := s.show(ctx, "create", "rolebinding", who[0], "-n", "shop", "--clusterrole="+who[1], "--user="+who[0]); err != nil {
			return err
		}
	}
	s.say("$ kubectl apply --as=shop-team -f -\n%s", newException())
	// The role bindings take effect a moment later.
	err := waitFor(ctx, "the exception", func() error {
		out, err := s.kubectlWith(ctx, newException(), "apply", "--as=shop-team", "-f", "-")
		if err == nil {
			s.say("%s", out)
		}
		return err
	})
	if err != nil {
		return err
	}
	approve := func(who, value string) []string {
		return []string{"annotate", "--as=" + who, "-n", "shop", "policyexception", "migration", "chaperone.dev/approved-by=" + value}
	}
	if err := s.showRefused(ctx, []string{"cannot approve it"}, approve("shop-team", "me")...); err != nil {
		return err
	}
	if err := s.showRefused(ctx, []string{"states the digest of what was read", "waives rights.responseDays"}, approve("privacy-office", "me")...); err != nil {
		return err
	}
	digest, err := s.readDigest(ctx, "migration")
	if err != nil {
		return err
	}
	if _, err := s.show(ctx, approve("privacy-office", digest)...); err != nil {
		return err
	}
	// The exception reaches the cache of the webhooks a moment later.
	err = waitFor(ctx, "the chatbot", func() error {
		out, err := s.kubectl(ctx, "apply", "-f", "config/samples/late-answers-to-requests.yaml")
		if err == nil {
			s.say("$ kubectl apply -f config/samples/late-answers-to-requests.yaml\n%s", out)
			err = checkContains(out, "Waived by PolicyException migration")
		}
		return err
	})
	if err != nil {
		return err
	}
	shown, err := s.show(ctx, "get", "policyexceptions", "-n", "shop", "-o", "custom-columns="+
		`NAME:.metadata.name,EXPIRES:.spec.expires,REQUESTED BY:.metadata.annotations.chaperone\.dev/requested-by,APPROVED BY:.metadata.annotations.chaperone\.dev/approved-by`)
	_, deleted := s.kubectl(ctx, "delete", "-n", "shop", "policyexception/migration", "cbd/late-answers-to-requests")
	return errors.Join(err, deleted, checkContains(shown, "shop-team", "privacy-office"))
}

// readDigest returns what an approver states, which is in the status of an exception that waits.
func (s *stage) readDigest(ctx context.Context, name string) (digest string, err error) {
	err = waitFor(ctx, "the status of the exception", func() error {
		message, err := s.kubectl(ctx, "get", "policyexception", "-n", "shop", name, "-o", "jsonpath={.status.conditions[0].message}")
		if err != nil {
			return err
		}
		_, rest, isThere := strings.Cut(message, "chaperone.dev/approved-by=")
		digest, _, _ = strings.Cut(rest, " ")
		if !isThere || digest == "" {
			return fmt.Errorf("no digest in %q", message)
		}
		return nil
	})
	return digest, err
}

// newException returns a PolicyException that expires in a month.
func newException() string {
	expires := time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly)
	return strings.TrimSpace(fmt.Sprintf(`
apiVersion: chaperone.dev/v1alpha1
kind: PolicyException
metadata: {name: migration, namespace: shop}
spec:
  chatbot: late-answers-to-requests
  inAdvance: true             # the chatbot does not exist yet, since it is refused without the exception
  rules: [rights.responseDays]
  reason: The old archive cannot be searched by person yet.
  ticket: SHOP-1
  compensatingControl: Urgent requests are answered by hand.
  expires: %q`, expires))
}
