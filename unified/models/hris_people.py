"""Who works here: employees, their employments over time and their dependents."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.hris_pay import BankAccount, PayPeriod
from unified.models.shared import Address, EmployeeRecord

EmploymentType = Literal[
    "full_time",
    "part_time",
    "contractor",
    "intern",
    "temporary",
    "freelance",
    "apprentice",
    "volunteer",
    "seasonal",
    "other",
]


class Employment(EmployeeRecord, frozen=True, kw_only=True):
    """A dated version of job and pay of an employee (history)."""

    employee_id: Annotated[str, about("Holder.", reference="hris.employees")]
    job_title: Annotated[str | None, about("Title.", "rw", twins=("job_id",))] = None
    job_id: Annotated[str | None, about("Catalogue entry.", "rw", reference="hris.jobs")] = None
    employment_type: Annotated[EmploymentType | None, about("Kind of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, about("Provider's word for employment_type.")] = None
    contract_type: Annotated[
        Literal["permanent", "fixed_term", "temporary", "other"] | None,
        about("Kind of contract.", "rw", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_contract_type: Annotated[
        str | None, about("Provider's word for contract_type.", twins=("employment_type", "remote_employment_type"))
    ] = None
    effective_date: Annotated[str | None, about("Valid from.", "rw", kind="date")] = None
    end_date: Annotated[
        str | None, about("Valid to (null = current).", "rw", kind="date", twins=("effective_date", "is_active"))
    ] = None
    is_active: Annotated[bool | None, about("Current row.")] = None
    is_primary: Annotated[bool | None, about("Main job when several.")] = None
    pay_rate: Annotated[float | None, about("Base pay per `pay_period`, in major units.", "rw", sensitivity="sensitive")] = None
    pay_currency: Annotated[str | None, about("Currency.", "rw", sensitivity="sensitive", kind="currency")] = None
    pay_period: Annotated[PayPeriod | None, about("What `pay_rate` is paid for.", "rw", sensitivity="sensitive")] = None
    remote_pay_period: Annotated[str | None, about("Provider's word for pay_period.", sensitivity="sensitive")] = None
    pay_frequency: Annotated[
        Literal[
            "daily",
            "weekly",
            "biweekly",
            "semimonthly",
            "monthly",
            "quarterly",
            "semiannually",
            "annually",
            "thirteen_monthly",
            "pro_rata",
            "other",
        ]
        | None,
        about("How often pay is given.", "rw", sensitivity="sensitive"),
    ] = None
    remote_pay_frequency: Annotated[str | None, about("Provider's word for pay_frequency.", sensitivity="sensitive")] = None
    pay_group: Annotated[str | None, about("Pay group name.", sensitivity="sensitive")] = None
    flsa_status: Annotated[
        Literal["exempt", "salaried_nonexempt", "nonexempt", "owner", "unknown"] | None,
        about("US overtime status.", "rw"),
    ] = None
    remote_flsa_status: Annotated[str | None, about("Provider's word for flsa_status.")] = None
    fte: Annotated[float | None, about("Full-time share, 0 to 1.", "rw")] = None
    weekly_hours: Annotated[float | None, about("Hours per week.", "rw")] = None
    manager_id: Annotated[str | None, about("Manager in that time.", reference="hris.employees")] = None
    department_id: Annotated[str | None, about("Department in that time.", reference="hris.groups")] = None
    location_id: Annotated[str | None, about("Place in that time.", reference="hris.locations")] = None
    cost_center_id: Annotated[str | None, about("Cost centre.", reference="hris.groups")] = None
    end_reason: Annotated[str | None, about("Why it ended.", sensitivity="sensitive")] = None


class Employee(EmployeeRecord, frozen=True, kw_only=True):
    """A person employed or contracted."""

    employee_number: Annotated[str | None, about("Number shown in the provider's UI.", "rw", sensitivity="personal")] = None
    first_name: Annotated[str | None, about("Legal given name.", "rw", sensitivity="personal")] = None
    middle_name: Annotated[str | None, about("Middle name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Legal family name.", "rw", sensitivity="personal")] = None
    preferred_name: Annotated[str | None, about("Preferred given name.", "rw", sensitivity="personal")] = None
    display_name: Annotated[
        str | None, about("Full name for display.", sensitivity="personal", twins=("first_name", "preferred_name", "last_name"))
    ] = None
    username: Annotated[str | None, about("Login name.", sensitivity="personal")] = None
    pronouns: Annotated[str | None, about("Pronouns.", "rw", sensitivity="sensitive")] = None
    work_email: Annotated[str | None, about("Work e-mail.", "rw", sensitivity="personal")] = None
    personal_email: Annotated[str | None, about("Private e-mail.", "rw", sensitivity="sensitive")] = None
    mobile_phone: Annotated[str | None, about("Mobile number.", "rw", sensitivity="sensitive")] = None
    work_phone: Annotated[str | None, about("Work number.", "rw", sensitivity="personal")] = None
    job_title: Annotated[str | None, about("Current title, copied from the current employment.", "rw", twins=("job_id",))] = (
        None
    )
    job_id: Annotated[str | None, about("Job catalogue entry.", reference="hris.jobs")] = None
    manager_id: Annotated[str | None, about("Manager.", "rw", reference="hris.employees")] = None
    company_id: Annotated[str | None, about("Legal entity.", "rw", reference="hris.companies")] = None
    department_id: Annotated[
        str | None, about("Group of type department.", "rw", reference="hris.groups", twins=("department_name", "group_ids"))
    ] = None
    department_name: Annotated[str | None, about("Label of the department.", twins=("group_ids",))] = None
    team_id: Annotated[str | None, about("Group of type team.", "rw", reference="hris.groups", twins=("group_ids",))] = None
    group_ids: Annotated[tuple[str, ...], about("All groups.", "rw", reference="hris.groups")] = ()
    work_location_id: Annotated[str | None, about("Work place.", "rw", reference="hris.locations")] = None
    home_address: Annotated[Address | None, about("Home address.", "rw", sensitivity="sensitive")] = None
    employment_status: Annotated[
        Literal["active", "pending", "on_leave", "inactive", "terminated", "other"] | None,
        about("Where the employee stands now.", twins=("employment_type", "remote_employment_type")),
    ] = None
    remote_employment_status: Annotated[
        str | None, about("Provider's word for employment_status.", twins=("employment_type", "remote_employment_type"))
    ] = None
    employment_type: Annotated[EmploymentType | None, about("Kind of employment.", "rw")] = None
    remote_employment_type: Annotated[str | None, about("Provider's word for employment_type.")] = None
    start_date: Annotated[str | None, about("First day of the latest stint.", "rw", kind="date")] = None
    hire_date: Annotated[str | None, about("Original hire date.", "rw", kind="date", twins=("start_date",))] = None
    termination_date: Annotated[
        str | None, about("Last day.", "rw", kind="date", twins=("employment_status", "remote_employment_status"))
    ] = None
    termination_reason: Annotated[str | None, about("Reason text.", "rw", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, about("Birthday.", "rw", sensitivity="sensitive", kind="date")] = None
    gender: Annotated[
        Literal["male", "female", "non_binary", "other", "not_disclosed"] | None,
        about("Gender.", "rw", sensitivity="sensitive"),
    ] = None
    remote_gender: Annotated[str | None, about("Provider's word for gender.", sensitivity="sensitive")] = None
    ethnicity: Annotated[
        Literal[
            "american_indian_or_alaska_native",
            "asian",
            "black_or_african_american",
            "hispanic_or_latino",
            "native_hawaiian_or_pacific_islander",
            "white",
            "two_or_more_races",
            "other",
            "not_disclosed",
        ]
        | None,
        about("Ethnicity.", "rw", sensitivity="sensitive"),
    ] = None
    remote_ethnicity: Annotated[str | None, about("Provider's word for ethnicity.", sensitivity="sensitive")] = None
    marital_status: Annotated[
        Literal["single", "married", "domestic_partnership", "separated", "divorced", "widowed", "other", "not_disclosed"]
        | None,
        about("Marital status.", "rw", sensitivity="sensitive"),
    ] = None
    remote_marital_status: Annotated[str | None, about("Provider's word for marital_status.", sensitivity="sensitive")] = None
    nationality: Annotated[str | None, about("Citizenship.", "rw", sensitivity="sensitive", kind="country")] = None
    national_id: Annotated[
        str | None, about("Social security or other national number.", "rw", sensitivity="secret", kind="string")
    ] = None
    tax_id: Annotated[str | None, about("Tax number.", "rw", sensitivity="secret", kind="string")] = None
    preferred_language: Annotated[str | None, about("Language tag, BCP 47.", "rw", sensitivity="personal")] = None
    timezone: Annotated[str | None, about("IANA time zone.")] = None
    weekly_hours: Annotated[float | None, about("Agreed hours.")] = None
    avatar_url: Annotated[str | None, about("Photo.", sensitivity="personal", kind="url")] = None
    employments: Annotated[tuple[Employment, ...], about("Only with expand=employments.", sensitivity="sensitive")] = ()
    bank_accounts: Annotated[
        tuple[BankAccount, ...],
        about("Only with expand=bank_accounts and the sensitive permission.", sensitivity="secret"),
    ] = ()


class Dependent(EmployeeRecord, frozen=True, kw_only=True):
    """A dependant or emergency contact."""

    employee_id: Annotated[str, about("Employee.", reference="hris.employees")]
    first_name: Annotated[str | None, about("Given name.", sensitivity="sensitive")] = None
    last_name: Annotated[str | None, about("Family name.", sensitivity="sensitive")] = None
    relationship: Annotated[
        Literal["child", "spouse", "domestic_partner", "parent", "sibling", "other"] | None,
        about("Relation to the employee.", sensitivity="sensitive"),
    ] = None
    remote_relationship: Annotated[str | None, about("Provider's word for relationship.", sensitivity="sensitive")] = None
    is_dependent: Annotated[bool | None, about("Dependant.", sensitivity="sensitive")] = None
    is_emergency_contact: Annotated[bool | None, about("Emergency contact.", sensitivity="sensitive")] = None
    date_of_birth: Annotated[str | None, about("Birthday.", sensitivity="sensitive", kind="date")] = None
    phone: Annotated[str | None, about("Phone.", sensitivity="sensitive")] = None
