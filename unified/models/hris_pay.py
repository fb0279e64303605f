"""What employees get: pay, payslips, benefits and the account it is paid to."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import DeductionLine, EarningLine, EmployeeRecord, TaxLine

PayPeriod = Literal[
    "hour", "day", "week", "two_weeks", "half_month", "month", "two_months", "quarter", "half_year", "year", "other"
]
BenefitType = Literal[
    "medical", "dental", "vision", "life", "disability", "retirement", "hsa", "fsa", "commuter", "insurance", "other"
]


class BankAccount(EmployeeRecord, frozen=True, kw_only=True):
    """Pay-out account.

    Sensitive: off by default, needs its own permission, never logged, masked in errors.
    """

    employee_id: Annotated[str, about("Owner.", reference="hris.employees")]
    bank_name: Annotated[str | None, about("Bank.", sensitivity="sensitive")] = None
    account_holder_name: Annotated[str | None, about("Holder.", sensitivity="sensitive")] = None
    account_number: Annotated[str | None, about("Number.", sensitivity="secret")] = None
    account_number_last4: Annotated[str | None, about("Last four digits; safe to show.", sensitivity="sensitive")] = None
    routing_number: Annotated[str | None, about("ABA, sort code, BSB and the like.", sensitivity="secret")] = None
    routing_type: Annotated[
        Literal["us_aba", "gb_sort_code", "au_bsb", "ca_routing", "de_blz", "fr_rib", "other"] | None,
        about("Kind of routing number."),
    ] = None
    remote_routing_type: Annotated[str | None, about("Provider's word for routing_type.")] = None
    iban: Annotated[str | None, about("IBAN.", sensitivity="secret", twins=("account_number", "routing_number"))] = None
    bic: Annotated[str | None, about("BIC/SWIFT.", sensitivity="sensitive")] = None
    account_type: Annotated[Literal["checking", "savings", "other"] | None, about("Kind of account.")] = None
    remote_account_type: Annotated[str | None, about("Provider's word for account_type.")] = None
    currency: Annotated[str | None, about("Currency.", kind="currency")] = None
    country: Annotated[str | None, about("Country.", kind="country")] = None
    is_primary: Annotated[bool | None, about("Main account.")] = None


class BenefitPlan(EmployeeRecord, frozen=True, kw_only=True):
    """A plan offered by the company."""

    name: Annotated[str | None, about("Plan name.")] = None
    type: Annotated[BenefitType | None, about("Kind of plan.")] = None
    remote_type: Annotated[str | None, about("Provider's word for type.")] = None
    provider_name: Annotated[str | None, about("Carrier.")] = None
    description: Annotated[str | None, about("Text.")] = None
    deduction_code: Annotated[str | None, about("Code.")] = None
    is_active: Annotated[bool | None, about("In use.")] = None


class Benefit(EmployeeRecord, frozen=True, kw_only=True):
    """Enrolment of an employee in a plan."""

    employee_id: Annotated[str, about("Enrolled employee.", reference="hris.employees")]
    benefit_plan_id: Annotated[str | None, about("Plan.", reference="hris.benefit_plans")] = None
    provider_name: Annotated[str | None, about("Carrier.")] = None
    type: Annotated[BenefitType | None, about("Kind of plan.")] = None
    remote_type: Annotated[str | None, about("Provider's word for type.")] = None
    employee_contribution: Annotated[float | None, about("Employee share per period.", sensitivity="sensitive")] = None
    company_contribution: Annotated[float | None, about("Employer share.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, about("Currency.", kind="currency")] = None
    start_date: Annotated[str | None, about("From.", kind="date")] = None
    end_date: Annotated[str | None, about("To.", kind="date")] = None


class PayrollRun(EmployeeRecord, frozen=True, kw_only=True):
    """A run for many employees."""

    company_id: Annotated[str | None, about("Legal entity.", reference="hris.companies")] = None
    run_type: Annotated[
        Literal["regular", "off_cycle", "correction", "termination", "bonus", "other"] | None,
        about("Why the run is made."),
    ] = None
    remote_run_type: Annotated[str | None, about("Provider's word for run_type.")] = None
    run_state: Annotated[
        Literal["draft", "pending", "approved", "processing", "paid", "failed", "cancelled", "closed"] | None,
        about("Where the run stands."),
    ] = None
    remote_run_state: Annotated[str | None, about("Provider's word for run_state.")] = None
    start_date: Annotated[str | None, about("Period start.", kind="date")] = None
    end_date: Annotated[str | None, about("Period end.", kind="date")] = None
    check_date: Annotated[str | None, about("Pay date.", kind="date")] = None
    currency: Annotated[str | None, about("Currency.", kind="currency")] = None
    gross_pay: Annotated[float | None, about("Sum.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, about("Sum.", sensitivity="sensitive")] = None
    employer_taxes: Annotated[float | None, about("Sum.", sensitivity="sensitive")] = None
    employee_taxes: Annotated[float | None, about("Sum.", sensitivity="sensitive")] = None
    company_debit: Annotated[float | None, about("Total cost debited.", sensitivity="sensitive")] = None


class Payslip(EmployeeRecord, frozen=True, kw_only=True):
    """Result of a payroll run for one employee."""

    employee_id: Annotated[str, about("Employee.", reference="hris.employees")]
    payroll_run_id: Annotated[str | None, about("Run.", reference="hris.payroll_runs")] = None
    start_date: Annotated[str | None, about("Period start.", kind="date")] = None
    end_date: Annotated[str | None, about("Period end.", kind="date")] = None
    check_date: Annotated[str | None, about("Pay date.", kind="date")] = None
    currency: Annotated[str | None, about("Currency.", kind="currency")] = None
    gross_pay: Annotated[float | None, about("Gross.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, about("Net.", sensitivity="sensitive")] = None
    hours: Annotated[float | None, about("Hours paid.", sensitivity="sensitive")] = None
    earnings: Annotated[tuple[EarningLine, ...], about("What is paid.", sensitivity="sensitive")] = ()
    deductions: Annotated[tuple[DeductionLine, ...], about("What is taken off.", sensitivity="sensitive")] = ()
    taxes: Annotated[tuple[TaxLine, ...], about("Taxes of both sides.", sensitivity="sensitive")] = ()


class Compensation(EmployeeRecord, frozen=True, kw_only=True):
    """Pay components of an employee outside runs."""

    employee_id: Annotated[str, about("Employee.", reference="hris.employees")]
    type: Annotated[
        Literal["salary", "hourly", "bonus", "commission", "equity", "allowance", "other"] | None,
        about("Kind of pay.", sensitivity="sensitive"),
    ] = None
    remote_type: Annotated[str | None, about("Provider's word for type.", sensitivity="sensitive")] = None
    amount: Annotated[float | None, about("Amount per `period`, in major units.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, about("Currency.", sensitivity="sensitive", kind="currency")] = None
    period: Annotated[PayPeriod | None, about("What `amount` is paid for.", sensitivity="sensitive")] = None
    remote_period: Annotated[str | None, about("Provider's word for period.", sensitivity="sensitive")] = None
    effective_date: Annotated[str | None, about("From.", kind="date")] = None
