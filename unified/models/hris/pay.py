"""HRIS pay: bank accounts, benefits, payroll runs, payslips and compensation."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import DeductionLine, EarningLine, EmployeeRecord, TaxLine

PayPeriod = Literal[
    "hour", "day", "week", "two_weeks", "half_month", "month", "two_months", "quarter", "half_year", "year", "other"
]
BenefitType = Literal[
    "medical", "dental", "vision", "life", "disability", "retirement", "hsa", "fsa", "commuter", "insurance", "other"
]


class BankAccount(EmployeeRecord, frozen=True, kw_only=True):
    """The bank account that an employee's pay goes to.

    Hidden by default: its values are of the classes `sensitive` and `secret`, which keys see only if their scope includes them.
    """

    employee_id: Annotated[str, meta("Employee who owns the account.", reference="hris.employees")]
    bank_name: Annotated[str | None, meta("Name of the bank.", sensitivity="sensitive")] = None
    account_holder_name: Annotated[str | None, meta("Name of the account holder.", sensitivity="sensitive")] = None
    account_number: Annotated[str | None, meta("Account number.", sensitivity="secret")] = None
    account_number_last4: Annotated[
        str | None, meta("Last four digits of the account number; safe to show.", sensitivity="sensitive")
    ] = None
    routing_number: Annotated[str | None, meta("Routing number, such as ABA, sort code or BSB.", sensitivity="secret")] = None
    routing_type: Annotated[
        Literal["us_aba", "gb_sort_code", "au_bsb", "ca_routing", "de_blz", "fr_rib", "other"] | None,
        meta("Type of routing number."),
    ] = None
    remote_routing_type: Annotated[str | None, meta("The provider's own value for `routing_type`.")] = None
    iban: Annotated[str | None, meta("IBAN.", sensitivity="secret", twins=("account_number", "routing_number"))] = None
    bic: Annotated[str | None, meta("BIC/SWIFT code.", sensitivity="sensitive")] = None
    account_type: Annotated[Literal["checking", "savings", "other"] | None, meta("Type of account.")] = None
    remote_account_type: Annotated[str | None, meta("The provider's own value for `account_type`.")] = None
    currency: Annotated[str | None, meta("Currency (ISO 4217).", kind="currency")] = None
    country: Annotated[str | None, meta("Country code (ISO 3166-1 alpha-2).", kind="country")] = None
    is_primary: Annotated[bool | None, meta("True for the main account.")] = None


class BenefitPlan(EmployeeRecord, frozen=True, kw_only=True):
    """A benefit plan that the company offers."""

    name: Annotated[str | None, meta("Name of the plan.")] = None
    type: Annotated[BenefitType | None, meta("Type of plan.")] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    provider_name: Annotated[str | None, meta("Carrier.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    deduction_code: Annotated[str | None, meta("Deduction code.")] = None
    is_active: Annotated[bool | None, meta("True if the plan is in use.")] = None


class Benefit(EmployeeRecord, frozen=True, kw_only=True):
    """An employee's enrollment in a benefit plan."""

    employee_id: Annotated[str, meta("Enrolled employee.", reference="hris.employees")]
    benefit_plan_id: Annotated[str | None, meta("Benefit plan.", reference="hris.benefit_plans")] = None
    provider_name: Annotated[str | None, meta("Carrier.")] = None
    type: Annotated[BenefitType | None, meta("Type of plan.")] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    employee_contribution: Annotated[float | None, meta("Employee's contribution per period.", sensitivity="sensitive")] = None
    company_contribution: Annotated[float | None, meta("Employer's contribution per period.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, meta("Currency of the contributions (ISO 4217).", kind="currency")] = None
    start_date: Annotated[str | None, meta("First day of the enrollment.", kind="date")] = None
    end_date: Annotated[str | None, meta("Last day of the enrollment.", kind="date")] = None


class PayrollRun(EmployeeRecord, frozen=True, kw_only=True):
    """A payroll run for several employees."""

    company_id: Annotated[str | None, meta("Legal entity.", reference="hris.companies")] = None
    run_type: Annotated[
        Literal["regular", "off_cycle", "correction", "termination", "bonus", "other"] | None,
        meta("Type of run."),
    ] = None
    remote_run_type: Annotated[str | None, meta("The provider's own value for `run_type`.")] = None
    run_state: Annotated[
        Literal["draft", "pending", "approved", "processing", "paid", "failed", "cancelled", "closed"] | None,
        meta("State of the run."),
    ] = None
    remote_run_state: Annotated[str | None, meta("The provider's own value for `run_state`.")] = None
    start_date: Annotated[str | None, meta("Start of the pay period.", kind="date")] = None
    end_date: Annotated[str | None, meta("End of the pay period.", kind="date")] = None
    check_date: Annotated[str | None, meta("Pay date.", kind="date")] = None
    currency: Annotated[str | None, meta("Currency of the amounts (ISO 4217).", kind="currency")] = None
    gross_pay: Annotated[float | None, meta("Total gross pay.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, meta("Total net pay.", sensitivity="sensitive")] = None
    employer_taxes: Annotated[float | None, meta("Total taxes that the employer pays.", sensitivity="sensitive")] = None
    employee_taxes: Annotated[float | None, meta("Total taxes withheld from employees.", sensitivity="sensitive")] = None
    company_debit: Annotated[float | None, meta("Total amount debited from the company.", sensitivity="sensitive")] = None


class Payslip(EmployeeRecord, frozen=True, kw_only=True):
    """The result of a payroll run for one employee."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    payroll_run_id: Annotated[str | None, meta("Payroll run.", reference="hris.payroll_runs")] = None
    start_date: Annotated[str | None, meta("Start of the pay period.", kind="date")] = None
    end_date: Annotated[str | None, meta("End of the pay period.", kind="date")] = None
    check_date: Annotated[str | None, meta("Pay date.", kind="date")] = None
    currency: Annotated[str | None, meta("Currency of the amounts (ISO 4217).", kind="currency")] = None
    gross_pay: Annotated[float | None, meta("Gross pay.", sensitivity="sensitive")] = None
    net_pay: Annotated[float | None, meta("Net pay.", sensitivity="sensitive")] = None
    hours: Annotated[float | None, meta("Hours paid.", sensitivity="sensitive")] = None
    earnings: Annotated[tuple[EarningLine, ...], meta("Earnings.", sensitivity="sensitive")] = ()
    deductions: Annotated[tuple[DeductionLine, ...], meta("Deductions.", sensitivity="sensitive")] = ()
    taxes: Annotated[tuple[TaxLine, ...], meta("Taxes of the employee and the employer.", sensitivity="sensitive")] = ()


class Compensation(EmployeeRecord, frozen=True, kw_only=True):
    """A pay component of an employee outside payroll runs."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    type: Annotated[
        Literal["salary", "hourly", "bonus", "commission", "equity", "allowance", "other"] | None,
        meta("Type of compensation.", sensitivity="sensitive"),
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.", sensitivity="sensitive")] = None
    amount: Annotated[float | None, meta("Amount per `period` in major currency units.", sensitivity="sensitive")] = None
    currency: Annotated[str | None, meta("Currency of `amount` (ISO 4217).", sensitivity="sensitive", kind="currency")] = None
    period: Annotated[PayPeriod | None, meta("Period that `amount` covers.", sensitivity="sensitive")] = None
    remote_period: Annotated[str | None, meta("The provider's own value for `period`.", sensitivity="sensitive")] = None
    effective_date: Annotated[str | None, meta("Date from which it applies.", kind="date")] = None
