//! What clients see of ratings.

pub mod review;
pub mod words;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use chrono::TimeDelta;
use entities::enums::TextState as RowState;
use entities::rating::Model;

use super::rules::{self, Tag};
use super::service::rate::{Change, NewRating};
use super::service::{answer, rate};
use super::store;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, MANAGERS, ORDERING, SIGNED_IN, allow};
use crate::kit::ids::{CanteenId, OrderId, ProviderId, RatingId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;
use crate::orders::store::read::order_of;
use crate::orders::store::service_order;

/// A word that sums up a meal or a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Tag")]
pub enum RatingTag {
    /// Served or delivered on time (准时).
    OnTime,
    /// Tastes good (味道好).
    Tasty,
    /// Came warm (饭菜热乎).
    Warm,
    /// Clean place and dishes (干净卫生).
    Clean,
    /// Generous portions (分量足).
    Generous,
    /// Kind people (服务亲切).
    Kind,
    /// Came cold (饭菜凉了).
    Cold,
    /// Came late (来晚了).
    Late,
    /// Too salty (太咸).
    Salty,
    /// Too hard to chew (太硬).
    Hard,
    /// Careful (细心).
    Careful,
    /// Knows the work (手法专业).
    Skilled,
    /// In a hurry (匆忙).
    Hurried,
    /// Rough hands (动作粗).
    Rough,
}

/// Whether written words are public. NONE → PENDING → VISIBLE or HIDDEN; those in charge may hide and show again,
/// and words changed by their author are PENDING anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum TextState {
    /// Nothing was written.
    None,
    /// Written, not public: being checked, or waiting for a person's look.
    Pending,
    /// Public.
    Visible,
    /// Not public: unlawful. The stars stay.
    Hidden,
}

/// What a family says about a served meal or a visit. Who wrote it is shown to nobody but the author.
#[derive(SimpleObject)]
pub struct Rating {
    /// Opaque.
    pub id: ID,
    /// 1 to 5; they count whatever becomes of the text.
    pub stars: i32,
    /// Words that sum it up, at most 10.
    pub tags: Vec<RatingTag>,
    /// In the author's words. Null when nothing was written; unless VISIBLE, read by the author and those in charge only.
    pub text: Option<String>,
    /// Whether the text is public.
    pub text_state: TextState,
    /// Why the text is hidden, for the author and those in charge; null for everybody else and when it is not.
    pub hidden_reason: Option<String>,
    /// The provider's answer. Null when there is none; unless VISIBLE, read by those in charge only.
    pub answer: Option<String>,
    /// Whether the answer is public.
    pub answer_state: TextState,
    /// When the provider answered, even while the answer is not shown; null when it did not.
    pub answered_at: Option<Instant>,
    /// When it was given.
    pub created_at: Instant,
    /// When the author last changed it; null when never.
    pub changed_at: Option<Instant>,
    /// Until then its author may change it: seven days.
    pub can_be_changed_until: Instant,
    /// Whether it is your own.
    pub is_mine: bool,
}

impl Rating {
    /// As this person, or anybody, sees it.
    pub fn new(row: Model, who: Option<&SignedIn>) -> Self {
        Self::shown(row, who, false)
    }

    /// As somebody in charge of the canteen's region sees it.
    pub fn in_charge(row: Model, who: &SignedIn) -> Self {
        Self::shown(row, Some(who), true)
    }

    fn shown(row: Model, who: Option<&SignedIn>, in_charge: bool) -> Self {
        let is_mine = who.is_some_and(|who| who.person.0 == row.author_id);
        Self {
            id: RatingId(row.id).to_string().into(),
            stars: row.stars.into(),
            tags: rules::split_tags(&row.tags).into_iter().map(Into::into).collect(),
            text: row.text.filter(|_| rules::is_shown(row.text_state, is_mine || in_charge)),
            text_state: row.text_state.into(),
            hidden_reason: row.hidden_reason.filter(|_| is_mine || in_charge),
            answer: row.answer.filter(|_| rules::is_shown(row.answer_state, in_charge)),
            answer_state: row.answer_state.into(),
            answered_at: row.answered_at.map(Into::into),
            created_at: row.created_at.into(),
            changed_at: row.changed_at.map(Into::into),
            can_be_changed_until: rules::can_be_changed_until(row.created_at).into(),
            is_mine,
        }
    }
}

answers! {
    /// Answer of `ratingCreate`.
    RatingCreatePayload {
        /// The rating.
        rating: Rating
    }
    RatingCreateError RatingCreateErrorCode {
        /// There is no such order for you.
        OrderNotFound = "没有找到这个订单",
        /// Only served meals and visits that were carried out are rated.
        OrderNotServed = "用餐或服务结束以后才能评价",
        /// The order has its one rating.
        AlreadyRated = "这个订单已经评价过了",
        /// 1 to 5 stars.
        StarsInvalid = "请选择一到五颗星",
        /// At most 10 tags; for a visit none of a meal, for a meal none of a visit.
        TagsInvalid = "标签选得不对：最多十个，而且要说的是这一餐或这次上门",
        /// At most 500 characters, no control characters.
        TextInvalid = "文字最多五百字，且不能含有特殊字符",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `ratingChange`.
    RatingChangePayload {
        /// The rating as changed.
        rating: Rating
    }
    RatingChangeError RatingChangeErrorCode {
        /// There is no such rating of yours.
        RatingNotFound = "没有找到这条评价",
        /// More than seven days have passed.
        TooLate = "评价满七天后不能再修改",
        /// 1 to 5 stars.
        StarsInvalid = "请选择一到五颗星",
        /// At most 10 tags; for a visit none of a meal, for a meal none of a visit.
        TagsInvalid = "标签选得不对：最多十个，而且要说的是这一餐或这次上门",
        /// At most 500 characters, no control characters.
        TextInvalid = "文字最多五百字，且不能含有特殊字符",
        /// Something happened to the rating at the same moment: look again, then repeat.
        ChangedMeanwhile = "这条评价刚刚有变动，请刷新后再试",
    }
}

answers! {
    /// Answer of `ratingAnswer`.
    RatingAnswerPayload {
        /// The rating; its answer is shown when it has been checked.
        rating: Rating
    }
    RatingAnswerError RatingAnswerErrorCode {
        /// There is no such rating of your provider.
        RatingNotFound = "没有找到这条评价",
        /// The provider has answered already.
        AlreadyAnswered = "这条评价已经回复过了",
        /// 1 to 500 characters, no control characters.
        TextInvalid = "回复应为一到五百字，且不能含有特殊字符",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// Input of `ratingCreate`.
#[derive(InputObject)]
pub struct RatingCreateInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which order of either kind.
    pub order_id: ID,
    /// 1 to 5.
    pub stars: i32,
    /// Words that sum it up, at most 10.
    #[graphql(default)]
    pub tags: Vec<RatingTag>,
    /// In your own words, at most 500 characters. Public once it has been checked.
    pub text: Option<String>,
}

/// Input of `ratingChange`. What is left out stays as it is.
#[derive(InputObject)]
pub struct RatingChangeInput {
    /// Which rating.
    pub rating_id: ID,
    /// 1 to 5.
    pub stars: Option<i32>,
    /// All tags from now on, at most 10.
    pub tags: Option<Vec<RatingTag>>,
    /// The text from now on, at most 500 characters; null takes it away. Checked again.
    pub text: MaybeUndefined<String>,
}

/// Input of `ratingAnswer`.
#[derive(InputObject)]
pub struct RatingAnswerInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which rating.
    pub rating_id: ID,
    /// The answer, 1 to 500 characters. Public once it has been checked.
    pub text: String,
}

/// Queries about ratings.
#[derive(Default)]
pub struct RatingQuery;

#[Object]
impl RatingQuery {
    /// Ratings of a canteen, the newest first; empty for an unknown id. Open to all.
    async fn canteen_ratings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen.")] canteen_id: ID,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Rating>> {
        let canteen: CanteenId = canteen_id.parse()?;
        let page = Page::read(first, after.as_deref())?;
        let rows = store::of_canteen(ctx.app().db.read(), canteen, page).await?;
        Ok(page.connect(rows, |row| row.id, |row| Rating::new(row, ctx.who().ok())))
    }

    /// Ratings of a provider's visits at home, the newest first; empty for an unknown id. Open to all.
    async fn visit_ratings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] provider_id: ID,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Rating>> {
        let provider: ProviderId = provider_id.parse()?;
        let page = Page::read(first, after.as_deref())?;
        let rows = store::of_visits(ctx.app().db.read(), provider, page).await?;
        Ok(page.connect(rows, |row| row.id, |row| Rating::new(row, ctx.who().ok())))
    }

    /// The rating of an order, for family, elder and desk; null when there is none and for an order that you may not see.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn order_rating(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] order_id: ID,
    ) -> Result<Option<Rating>> {
        let (db, who, order) = (ctx.app().db.read(), ctx.who()?, order_id.parse::<OrderId>()?);
        // Staff of the provider are left out on purpose: they must not learn which elder gave how many stars.
        let is_meal = order_of(db, who, order).await?.is_some();
        if !is_meal && service_order::order_of(db, who, order).await?.is_none() {
            return Ok(None);
        }
        Ok(store::of_order(db, order).await?.map(|row| Rating::new(row, Some(who))))
    }

    /// Meals served and visits carried out in the last 30 days that you may rate as family or elder and that nobody has
    /// rated, the newest first; at most 60.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn unrated_order_ids(&self, ctx: &Context<'_>) -> Result<Vec<ID>> {
        let (app, who) = (ctx.app(), ctx.who()?);
        let since = (app.clock.today() - ASKED_FOR, app.clock.now() - ASKED_FOR);
        let found = store::unrated(app.db.read(), who, since, UNRATED_MAX).await?;
        Ok(found.into_iter().map(|id| OrderId(id).to_string().into()).collect())
    }
}

/// How long the family is asked for its rating.
const ASKED_FOR: TimeDelta = TimeDelta::days(30);
/// Most orders that wait for one.
const UNRATED_MAX: i64 = 60;

/// Mutations of ratings. There is none that deletes.
#[derive(Default)]
pub struct RatingMutation;

#[Object]
impl RatingMutation {
    /// Rates a served meal or a visit that was carried out, once. For family and elder, and for the desk that takes it down on the telephone.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn rating_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you say about which order.")] input: RatingCreateInput,
    ) -> Result<RatingCreatePayload> {
        let who = ctx.who()?;
        let new = NewRating {
            order: input.order_id.parse()?,
            stars: input.stars,
            tags: input.tags.into_iter().map(Into::into).collect(),
            text: input.text,
        };
        let result = rate::create(ctx.app(), who, &input.request_key, &new).await;
        RatingCreatePayload::from_result(result.map(|row| Rating::new(row, Some(who))))
    }

    /// Changes your own rating within seven days; the earlier version is kept.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn rating_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What shall be different.")] input: RatingChangeInput,
    ) -> Result<RatingChangePayload> {
        let (who, id) = (ctx.who()?, input.rating_id.parse()?);
        let change = Change {
            stars: input.stars,
            tags: input.tags.map(|tags| tags.into_iter().map(Into::into).collect()),
            text: input.text.into(),
        };
        let result = rate::change(ctx.app(), who, id, &change).await;
        RatingChangePayload::from_result(result.map(|row| Rating::new(row, Some(who))))
    }

    /// Answers a rating in the provider's name, once.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn rating_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you answer to whom.")] input: RatingAnswerInput,
    ) -> Result<RatingAnswerPayload> {
        let (who, id) = (ctx.who()?, input.rating_id.parse()?);
        let result = answer::answer(ctx.app(), who, &input.request_key, (id, &input.text)).await;
        RatingAnswerPayload::from_result(result.map(|row| Rating::new(row, Some(who))))
    }
}
