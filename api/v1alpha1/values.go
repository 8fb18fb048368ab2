package v1alpha1

// Code is a code of the legal data: a jurisdiction (`eu`, `de`, `us-ca`) or a sector (`retail`). The policy knows the codes, this
// schema does not. Chaperone refuses an unknown code and lists the known ones.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^[a-zA-Z][a-zA-Z-]*[a-zA-Z]$`
type Code string

// CountryCode is an ISO 3166-1 alpha-2 code, in either case.
//
// +kubebuilder:validation:Pattern=`^[a-zA-Z]{2}$`
type CountryCode string

// RegionName is a value of the node label topology.kubernetes.io/region.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`
type RegionName string

// LanguageTag is a BCP 47 language tag.
//
// +kubebuilder:validation:MaxLength=35
// +kubebuilder:validation:Pattern=`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$`
type LanguageTag string

// Statement is a text shown to people, 1 to 1024 characters.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=1024
type Statement string

// URL is an absolute http or https URL of at most 2048 characters.
//
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
type URL string

// Contact is an e-mail address, a telephone number or a URL of an organisation, at most 320 characters.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=320
type Contact string

// Word is one lower-case word with dashes, such as `contact` or `eu-high-risk-database`.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
type Word string

// Date is an ISO date (`2027-05-01`), a day in UTC.
//
// +kubebuilder:validation:Format=date
type Date string

// Days is a number of days, 0 to 36525 (a hundred years: the schema bounds arithmetic, the law bounds the value).
//
// +kubebuilder:validation:Minimum=0
// +kubebuilder:validation:Maximum=36525
type Days int32

// ChatAPI is the shape of chat messages.
//
// +kubebuilder:validation:Enum=openai-chat;openai-responses;anthropic-messages;json
type ChatAPI string

// Channel is a way people reach the chatbot.
//
// +kubebuilder:validation:Enum=web;mobile;voice;email;messaging
type Channel string

// RiskClass is a risk class in the words of the EU AI Act.
//
// +kubebuilder:validation:Enum=minimal;limited;high
type RiskClass string

// Enforcement is what happens to an object with findings that deny.
//
// +kubebuilder:validation:Enum=Deny;Quarantine;Warn;Audit
type Enforcement string

// PurposeKind is a purpose, from the closed list that legal conditions read.
//
// +kubebuilder:validation:Enum=sales;support;advice;claims;credit;employment;health-advice;companion;companion-like
type PurposeKind string

// Practice is a practice that a law may prohibit.
//
// +kubebuilder:validation:Enum=manipulation;exploiting-vulnerability;social-scoring;emotion-recognition;biometric-categorisation;pose-as-professional;pose-as-human;discriminatory-pricing;dark-patterns;sexual-content-to-minors;self-harm-encouragement;illegal-content;undermining-state;infinite-engagement;waiving-rights
type Practice string

// AgeAssurance is how the age of people is established, weakest first.
//
// +kubebuilder:validation:Enum=none;self-declared;reasonable;verified
type AgeAssurance string

// StatementContent is something that a disclosure statement contains.
//
// +kubebuilder:validation:Enum=is-ai;provider-identity;human-available;limits;recorded;not-professional-advice;generated-content;purpose;complaint-path
type StatementContent string

// Placement is where people see the disclosure statement.
//
// +kubebuilder:validation:Enum=before-first-message;first-message;every-message;header
type Placement string

// LawfulBasis is a legal basis for processing personal data.
//
// +kubebuilder:validation:Enum=consent;contract;legal-obligation;vital-interests;public-task;legitimate-interests;business-purpose;publicly-available
type LawfulBasis string

// RecordingConsent is the consent obtained before recording, weakest first.
//
// +kubebuilder:validation:Enum=none;notice;opt-in
type RecordingConsent string

// SensitiveConsent is the consent obtained before sensitive categories are processed, weakest first.
//
// +kubebuilder:validation:Enum=none;limit-on-request;opt-in;separate-opt-in;written;prohibited
type SensitiveConsent string

// MarketingConsent is the consent obtained before marketing use, weakest first.
//
// +kubebuilder:validation:Enum=none;opt-out;opt-in
type MarketingConsent string

// OutboundConsent is the consent obtained before the chatbot contacts people on its own initiative, weakest first.
//
// +kubebuilder:validation:Enum=none;opt-out;opt-in;written
type OutboundConsent string

// BiometricConsent is the consent obtained before voice prints or face geometry are captured, weakest first.
//
// +kubebuilder:validation:Enum=none;notice;opt-in;written;prohibited
type BiometricConsent string

// SaleConsent is the consent obtained before personal data is sold or shared, weakest first.
//
// +kubebuilder:validation:Enum=none;opt-out;opt-in;prohibited
type SaleConsent string

// NoticeContent is something that a privacy notice contains.
//
// +kubebuilder:validation:Enum=controller;contact;dpo;representative;purposes;lawful-basis;categories;recipients;transfers;retention;rights;withdrawal;complaint;automated-decisions;source;sale-or-sharing;sensitive-use;training-use;security;children;law-enforcement
type NoticeContent string

// RedactCategory is a category of data that the sidecar redacts from messages.
//
// +kubebuilder:validation:Enum=email;phone;iban;payment-card;card-security-code;bank-account;national-id;health-record;password;biometric;precise-location
type RedactCategory string

// ChildProfiling states whether minors are profiled or targeted, weakest first.
//
// +kubebuilder:validation:Enum=none;opt-in;prohibited
type ChildProfiling string

// AgreementContent is something that a processor agreement contains.
//
// +kubebuilder:validation:Enum=instructions;confidentiality;security;subprocessors;assistance;deletion;audit;breach-notice;no-sale;no-combining;purpose-limits;baa;flow-down
type AgreementContent string

// TransferMechanism is a ground for a transfer abroad.
//
// +kubebuilder:validation:Enum=adequacy;standard-clauses;binding-rules;certification;derogation;consent;contract;security-assessment;assessment;registration;authorisation
type TransferMechanism string

// RightsRequest is a kind of request that people may make.
//
// +kubebuilder:validation:Enum=access;rectification;erasure;portability;restriction;objection;withdraw-consent;opt-out-sale;opt-out-profiling;limit-sensitive;human-review;explanation;appeal;nominate;recipients-list
type RightsRequest string

// SignificantDecisions states how far significant decisions are automated: none are taken, or the level of law that the process meets.
//
// +kubebuilder:validation:Enum=none;human-decides;allowed;notice;opt-out;only-with-basis;prohibited
type SignificantDecisions string

// HandoffMode is when a human can be reached, weakest first.
//
// +kubebuilder:validation:Enum=none;contact-offered;on-request;on-request-any-time
type HandoffMode string

// Accessibility is an accessibility standard, weakest first.
//
// +kubebuilder:validation:Enum=none;reasonable;en-301-549
type Accessibility string

// AccountabilityRecord is a document that the deployer keeps.
//
// +kubebuilder:validation:Enum=processing-register;technical-documentation;instructions-for-use;risk-management;ai-literacy;training-data-summary;model-inventory;logs
type AccountabilityRecord string

// AssessmentType is a type of assessment.
//
// +kubebuilder:validation:Enum=dpia;fria;transfer-impact;risk-assessment;bias-audit;security-audit;penetration-test;vulnerability-scan;algorithm-assessment;legitimate-interests
type AssessmentType string

// RightsHolder is a party that holds rights.
//
// +kubebuilder:validation:Enum=deployer;developer;customer;model-supplier
type RightsHolder string

// LicensedUse is a use of a model or of data that its license may restrict: commercial (for commercial advantage), network-service
// (people use it over a network), modified (fine-tuned or otherwise adapted), distributed (copies are given to others).
//
// +kubebuilder:validation:Enum=commercial;network-service;modified;distributed
type LicensedUse string

// TermsContent is something that consumer terms contain.
//
// +kubebuilder:validation:Enum=ai-nature;limits;liability;complaint;dispute-resolution;governing-law;withdrawal-right;prices;identity;automated-decisions;language-choice;cancellation
type TermsContent string

// ExcludedLiability is a liability that terms exclude.
//
// +kubebuilder:validation:Enum=death-or-injury;negligence;consumer-guarantees;intent-or-gross-negligence;data-protection
type ExcludedLiability string

// SecurityControl is a security control.
//
// +kubebuilder:validation:Enum=encryption-in-transit;encryption-at-rest;access-control;multi-factor;logging;incident-plan;backup;secure-disposal;vulnerability-management;segregation;staff-training;prompt-injection-defence;data-masking
type SecurityControl string

// The values of Enforcement.
const (
	EnforcementDeny       Enforcement = "Deny"
	EnforcementQuarantine Enforcement = "Quarantine"
	EnforcementWarn       Enforcement = "Warn"
	EnforcementAudit      Enforcement = "Audit"
)

// ChatAPIOpenAIChat is the chat-completions shape (JSON and server-sent events).
const ChatAPIOpenAIChat ChatAPI = "openai-chat"
